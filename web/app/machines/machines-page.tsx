export function MachinesPage() { return <p>Machines</p>; }
