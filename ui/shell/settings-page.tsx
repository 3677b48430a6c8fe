import { useId, type ReactElement, type ReactNode } from "react";
import { PageHead } from "./page-head.tsx";
import { changeSettings, useSettings, type Settings } from "./settings.ts";

/** What is kept in this browser alone. */
export function SettingsPage(): ReactElement {
  const settings = useSettings();
  return (
    <>
      <PageHead title="Settings" said="kept in this browser; nothing is sent to the server" />
      <main className="settings">
        <Choice
          label="Theme"
          name="theme"
          value={settings.theme}
          choices={{ system: "as the system", dark: "dark", light: "light" }}
        />
        <Choice
          label="Palette"
          name="palette"
          value={settings.palette}
          choices={{ usual: "usual", "blue-orange": "blue and orange", strong: "strong contrast" }}
        />
        <Choice
          label="Density"
          name="density"
          value={settings.density}
          choices={{ normal: "normal", compact: "compact" }}
        />
        <Choice
          label="Time zone"
          name="timeZone"
          value={settings.timeZone}
          choices={{ local: "this computer's", UTC: "UTC" }}
        />
        <Choice
          label="Times"
          name="times"
          value={settings.times}
          choices={{ relative: "how long ago", absolute: "date and time" }}
        />
      </main>
    </>
  );
}

function Choice(props: {
  readonly label: string;
  readonly name: keyof Settings;
  readonly value: string;
  readonly choices: Readonly<Record<string, ReactNode>>;
}): ReactElement {
  const id = useId();
  return (
    <div className="settings-row">
      <label htmlFor={id}>{props.label}</label>
      <select
        id={id}
        className="field"
        value={props.value}
        onChange={(event) => changeSettings({ [props.name]: event.target.value } as Partial<Settings>)}
      >
        {Object.entries(props.choices).map(([value, text]) => (
          <option key={value} value={value}>
            {text as string}
          </option>
        ))}
      </select>
    </div>
  );
}
