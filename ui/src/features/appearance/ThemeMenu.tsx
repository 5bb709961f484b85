import { useStore } from "../../api/store";
import { Menu, MenuChoice } from "../../ui/Menu";
import { strings } from "./strings";
import { choose, theme } from "./theme";

export function ThemeMenu() {
  return (
    <Menu icon="half" label={strings.label} words={strings.label} side="top" align="start">
      <MenuChoice value={useStore(theme)} choices={strings.themes} onChange={choose} />
    </Menu>
  );
}
