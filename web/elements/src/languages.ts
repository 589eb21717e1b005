/** Languages of the editor, each fetched when it is first wanted. */

import { StreamLanguage, type LanguageSupport, type StreamParser } from "@codemirror/language";

/** What knows a language's looks. */
export type Looks = LanguageSupport | StreamLanguage<unknown>;

const legacy = (parser: Promise<StreamParser<unknown>>) => parser.then(parser => StreamLanguage.define(parser));

const clike = () => import("@codemirror/legacy-modes/mode/clike");
const mllike = () => import("@codemirror/legacy-modes/mode/mllike");

/** By the beginning of a language's id: `python3` and `pypy` are `py`. The first that fits counts. */
const KNOWN: [RegExp, () => Promise<Looks>][] = [
  [/^(c|cpp|cxx|gcc|clang)(\d.*|pp.*)?$|^(objc|cuda)/, async () => (await import("@codemirror/lang-cpp")).cpp()],
  [/^(python|pypy|cython)/, async () => (await import("@codemirror/lang-python")).python()],
  [/^javascript|^node|^js$/, async () => (await import("@codemirror/lang-javascript")).javascript()],
  [/^typescript|^ts$|^deno/, async () => (await import("@codemirror/lang-javascript")).javascript({ typescript: true })],
  [/^java(\d|$)/, async () => (await import("@codemirror/lang-java")).java()],
  [/^rust/, async () => (await import("@codemirror/lang-rust")).rust()],
  [/^go(lang)?$/, async () => (await import("@codemirror/lang-go")).go()],
  [/^kotlin/, () => legacy(clike().then(mode => mode.kotlin))],
  [/^scala/, () => legacy(clike().then(mode => mode.scala))],
  [/^(csharp|cs$|dotnet|mono)/, () => legacy(clike().then(mode => mode.csharp))],
  [/^dart/, () => legacy(clike().then(mode => mode.dart))],
  [/^ocaml/, () => legacy(mllike().then(mode => mode.oCaml))],
  [/^(fsharp|fs$)/, () => legacy(mllike().then(mode => mode.fSharp))],
  [/^(bash|sh|shell|zsh)$/, () => legacy(import("@codemirror/legacy-modes/mode/shell").then(mode => mode.shell))],
  [/^(perl|raku)/, () => legacy(import("@codemirror/legacy-modes/mode/perl").then(mode => mode.perl))],
  [/^ruby/, () => legacy(import("@codemirror/legacy-modes/mode/ruby").then(mode => mode.ruby))],
  [/^haskell|^ghc/, () => legacy(import("@codemirror/legacy-modes/mode/haskell").then(mode => mode.haskell))],
  [/^(pascal|fpc|delphi)/, () => legacy(import("@codemirror/legacy-modes/mode/pascal").then(mode => mode.pascal))],
  [/^lua/, () => legacy(import("@codemirror/legacy-modes/mode/lua").then(mode => mode.lua))],
  [/^julia/, () => legacy(import("@codemirror/legacy-modes/mode/julia").then(mode => mode.julia))],
  [/^r$/, () => legacy(import("@codemirror/legacy-modes/mode/r").then(mode => mode.r))],
  [/^swift/, () => legacy(import("@codemirror/legacy-modes/mode/swift").then(mode => mode.swift))],
  [/^fortran|^gfortran/, () => legacy(import("@codemirror/legacy-modes/mode/fortran").then(mode => mode.fortran))],
  [/^(d|dmd|ldc)$/, () => legacy(import("@codemirror/legacy-modes/mode/d").then(mode => mode.d))],
  [/^erlang|^elixir/, () => legacy(import("@codemirror/legacy-modes/mode/erlang").then(mode => mode.erlang))],
  [/^(commonlisp|lisp|sbcl)/, () => legacy(import("@codemirror/legacy-modes/mode/commonlisp").then(mode => mode.commonLisp))],
  [/^(scheme|racket|guile)/, () => legacy(import("@codemirror/legacy-modes/mode/scheme").then(mode => mode.scheme))],
  [/^clojure/, () => legacy(import("@codemirror/legacy-modes/mode/clojure").then(mode => mode.clojure))],
  [/^octave|^matlab/, () => legacy(import("@codemirror/legacy-modes/mode/octave").then(mode => mode.octave))],
  [/^tcl/, () => legacy(import("@codemirror/legacy-modes/mode/tcl").then(mode => mode.tcl))],
  [/^(assembly|nasm|gas|asm)/, () => legacy(import("@codemirror/legacy-modes/mode/gas").then(mode => mode.gas))],
  [/^groovy/, () => legacy(import("@codemirror/legacy-modes/mode/groovy").then(mode => mode.groovy))],
  [/^(visualbasic|vb)/, () => legacy(import("@codemirror/legacy-modes/mode/vb").then(mode => mode.vb))],
  [/^cobol/, () => legacy(import("@codemirror/legacy-modes/mode/cobol").then(mode => mode.cobol))],
  [/^crystal/, () => legacy(import("@codemirror/legacy-modes/mode/crystal").then(mode => mode.crystal))],
  [/^sql/, () => legacy(import("@codemirror/legacy-modes/mode/sql").then(mode => mode.standardSQL))],
];

/** The looks of a language; `null` where it has none here: it is shown as plain text. */
export async function looksOf(language: string): Promise<Looks | null> {
  const known = KNOWN.find(([pattern]) => pattern.test(language.toLowerCase()));
  return known === undefined ? null : known[1]();
}
