/**
 * The custom elements of the pages. A page is whole without them; each makes something livelier that works already.
 *
 * - `<gavel-editor>` around a form with a `textarea`: an editor for programs.
 * - `<gavel-verdict>` around what the server says of a submission: follows its judgement.
 * - `<gavel-live>` around what changes with the queue.
 * - `<gavel-follow>` around what many judgements make up: shows how it gets on.
 * - `<gavel-upload>` around a form with a file: takes what is dropped, and keeps it when something is wrong.
 * - `<gavel-copy>`, and local times and the theme's switch: small comforts.
 */

import { GavelCopy, showLocalTimes, switchThemeAtOnce } from "./comfort.ts";
import { GavelEditor } from "./editor.ts";
import { GavelLive } from "./page.ts";
import { GavelFollow } from "./follow.ts";
import { GavelUpload } from "./upload.ts";
import { GavelVerdict } from "./verdict.ts";

customElements.define("gavel-copy", GavelCopy);
customElements.define("gavel-verdict", GavelVerdict);
customElements.define("gavel-editor", GavelEditor);
customElements.define("gavel-live", GavelLive);
customElements.define("gavel-follow", GavelFollow);
customElements.define("gavel-upload", GavelUpload);
showLocalTimes(document);
switchThemeAtOnce();
