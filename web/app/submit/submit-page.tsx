export function SubmitPage() { return <p>Submit</p>; }
