import type { ReactNode } from "react";
import { Icon, type IconName } from "./icons.js";

export interface ButtonProps {
  icon: IconName;
  label: string;
  onPress: () => void;
  /** A longer explanation, shown on hovering */
  hint?: string;
  /** Whether the label is shown; if not, it is for screen readers alone. On a narrow page icons stand alone anyway where `collapses` */
  quiet?: boolean;
  collapses?: boolean;
  /** It stays focusable, so that the keyboard does not lose its place. */
  unavailable?: boolean;
  kind?: "plain" | "danger" | "fault" | "repeat";
}

export function Button(props: ButtonProps): ReactNode {
  const { icon, label, onPress, hint, quiet = false, collapses = false, unavailable = false, kind = "plain" } = props;
  const names = ["button", `button-${kind}`, quiet ? "button-quiet" : "", collapses ? "button-collapses" : ""];
  return (
    <button
      type="button"
      className={names.filter((name) => name !== "").join(" ")}
      title={hint ?? (quiet || collapses ? label : undefined)}
      aria-disabled={unavailable || undefined}
      onClick={() => {
        if (!unavailable) {
          onPress();
        }
      }}
    >
      <Icon name={icon} />
      <span className={quiet ? "hidden" : "button-label"}>{label}</span>
    </button>
  );
}
