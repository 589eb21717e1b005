/**
 * CodeMirror in a shadow root. There it takes constructable style sheets, which a strict content security policy allows;
 * in a document it would write `<style>` elements.
 */

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentLess, insertTab } from "@codemirror/commands";
import {
  HighlightStyle,
  bracketMatching,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic as Lint } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState } from "@codemirror/state";
import {
  EditorView,
  drawSelection,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

import type { Diagnostic } from "./diagnostics.ts";
import { looksOf } from "./languages.ts";

/** What the code editor is told, and tells. */
export interface CodeOptions {
  /** Its shadow root gets the editor. */
  host: HTMLElement;
  text: string;
  label: string;
  onChange: (text: string) => void;
  onSubmit: () => void;
  onTry: () => void;
}

/** Colours are the page's: they change with its theme. */
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.character, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--code-number)" },
  { tag: [tags.comment, tags.meta], color: "var(--code-comment)", fontStyle: "italic" },
  { tag: [tags.typeName, tags.className, tags.namespace], color: "var(--code-type)" },
  { tag: [tags.function(tags.variableName), tags.function(tags.definition(tags.variableName))], color: "var(--code-name)" },
  { tag: [tags.processingInstruction, tags.macroName], color: "var(--code-comment)" },
]);

const looks = EditorView.theme({
  "&": {
    height: "100%",
    color: "var(--text)",
    backgroundColor: "var(--sunk)",
    fontSize: "var(--code-size, 0.95rem)",
  },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono, monospace)", lineHeight: "1.45", minHeight: "14rem" },
  ".cm-content": { caretColor: "var(--text)", minHeight: "14rem" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": {
    backgroundColor: "var(--sunk)",
    color: "var(--quiet)",
    borderRight: "1px solid var(--line)",
  },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--code-active)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--code-selection)",
  },
  ".cm-matchingBracket": { backgroundColor: "var(--code-selection) !important", outline: "1px solid var(--line)" },
  ".cm-tooltip, .cm-panels": {
    backgroundColor: "var(--card)",
    color: "var(--text)",
    border: "1px solid var(--line)",
  },
  ".cm-panels button, .cm-panels input": { font: "inherit", color: "inherit", background: "var(--sunk)" },
  // The package's own marks are pictures in `data:`, which the content security policy does not allow.
  ".cm-lintRange": { backgroundImage: "none", textDecoration: "underline wavy var(--bad)" },
  ".cm-lintRange-warning, .cm-lintRange-info": { textDecorationColor: "var(--slow)" },
  ".cm-lint-marker": { content: "normal", color: "var(--bad)", fontWeight: "bold" },
  ".cm-lint-marker-warning, .cm-lint-marker-info": { color: "var(--slow)" },
  ".cm-lint-marker::before": { content: '"●"' },
  ".cm-lint-marker-warning::before": { content: '"▲"' },
  ".cm-diagnostic": { fontFamily: "var(--mono, monospace)", whiteSpace: "pre-wrap" },
});

/**
 * Chromium gives text that is typed over other text the look of what it replaces, with a style attribute that the content
 * security policy refuses and reports. So it is told not to.
 */
const typeOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { main, ranges } = view.state.selection;
    const text = event.data;
    const isPlain = event.inputType === "insertText" && !event.isComposing && event.cancelable;
    if (!isPlain || text === null || main.empty || ranges.length > 1) return false;
    const insert = () =>
      view.state.update(view.state.replaceSelection(text), { userEvent: "input.type", scrollIntoView: true });
    const handlers = view.state.facet(EditorView.inputHandler);
    if (!handlers.some(handle => handle(view, main.from, main.to, text, insert))) view.dispatch(insert());
    event.preventDefault();
    return true;
  },
});

/** A code editor. */
export class Code {
  private readonly view: EditorView;
  private readonly language = new Compartment();
  private readonly indent = new Compartment();
  private wanted = "";

  constructor(options: CodeOptions) {
    const root = options.host.shadowRoot ?? options.host.attachShadow({ mode: "open" });
    const submit = () => {
      options.onSubmit();
      return true;
    };
    const tryOut = () => {
      options.onTry();
      return true;
    };
    this.view = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: options.text,
        extensions: [
          lineNumbers(),
          lintGutter(),
          highlightActiveLineGutter(),
          history(),
          drawSelection(),
          EditorState.allowMultipleSelections.of(true),
          indentOnInput(),
          bracketMatching(),
          closeBrackets(),
          autocompletion({ activateOnTyping: false }),
          highlightActiveLine(),
          highlightSelectionMatches(),
          syntaxHighlighting(colours),
          looks,
          typeOver,
          this.language.of([]),
          this.indent.of(indentUnit.of("    ")),
          EditorView.contentAttributes.of({ "aria-label": options.label, spellcheck: "false", tabindex: "0" }),
          keymap.of([
            { key: "Mod-Enter", run: submit, shift: tryOut },
            // Escape, then Tab leaves the editor: whoever has no mouse must get out.
            { key: "Tab", run: insertTab, shift: indentLess },
            ...closeBracketsKeymap,
            ...defaultKeymap,
            ...searchKeymap,
            ...historyKeymap,
            ...completionKeymap,
            ...lintKeymap,
          ]),
          EditorView.updateListener.of(update => {
            if (update.docChanged) options.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  set text(text: string) {
    const { doc } = this.view.state;
    if (doc.toString() === text) return;
    this.view.dispatch({ changes: { from: 0, to: doc.length, insert: text } });
  }

  /** Shows the text as of that language, as soon as what knows its looks is here. */
  async setLanguage(language: string): Promise<void> {
    this.wanted = language;
    const looks = await looksOf(language);
    if (this.wanted !== language) return;
    const unit = /^go|^make/.test(language) ? "\t" : "    ";
    this.view.dispatch({
      effects: [this.language.reconfigure(looks ?? []), this.indent.reconfigure(indentUnit.of(unit))],
    });
  }

  /** Marks the lines that a compiler complains about; places that the text does not have are left out. */
  showDiagnostics(diagnostics: Diagnostic[]): void {
    const { doc } = this.view.state;
    const marks: Lint[] = [];
    for (const { line, column, severity, message } of diagnostics) {
      if (line < 1 || line > doc.lines) continue;
      const { from, to } = doc.line(line);
      const start = column === null ? from : Math.min(from + column - 1, to);
      const word = this.view.state.wordAt(start);
      marks.push({ from: word?.from ?? start, to: word?.to ?? to, severity, message });
    }
    this.view.dispatch(setDiagnostics(this.view.state, marks));
  }

  /** Puts the cursor at the beginning of a line, and shows it. */
  goToLine(line: number): void {
    const { doc } = this.view.state;
    const { from } = doc.line(Math.min(Math.max(line, 1), doc.lines));
    this.view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
    this.view.focus();
  }

  focus(): void {
    this.view.focus();
  }

  destroy(): void {
    this.view.destroy();
  }
}
