import { Kbd, Modal, Switch } from "@mantine/core";
import { KEYS, setSingleKeys, useSingleKeys } from "../ui/keys.ts";
import styles from "./keys-dialog.module.css";

export function KeysDialog({ opened, close }: { opened: boolean; close: () => void }) {
  const on = useSingleKeys();
  return (
    <Modal opened={opened} onClose={close} title="Keys" size="sm" centered overlayProps={{ backgroundOpacity: 0.35 }}>
      <dl className={styles.keys}>
        {Object.values(KEYS).map(({ shown, does }) => (
          <div key={does}>
            <dt>
              {shown.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <Switch
        className={styles.switch}
        label="Single keys"
        description="Off: letters do nothing. Arrows, Enter and Esc stay."
        checked={on}
        onChange={(event) => setSingleKeys(event.currentTarget.checked)}
      />
    </Modal>
  );
}
