//! What tells the words of languages apart: signs of comments and quotes, and lists of words.

/// What is known of a language, or of several that look alike.
#[derive(Debug)]
pub(super) struct Dialect {
    /// What begins a comment that goes to the end of its line.
    pub(super) lines: &'static [&'static str],
    /// Such a comment begins a word: elsewhere its sign means something else.
    pub(super) comments_stand_apart: bool,
    /// What begins and ends a comment that may go over lines.
    pub(super) blocks: &'static [(&'static str, &'static str)],
    /// The same, which may have their like in them.
    pub(super) nested_blocks: &'static [(&'static str, &'static str)],
    /// The first that fits counts.
    pub(super) quotes: &'static [Quote],
    /// A quote after a word or a bracket is a sign of its own.
    pub(super) transposes: bool,
    /// What begins a line with an instruction.
    pub(super) directive: Option<char>,
    /// Lists of words, with spaces between them.
    pub(super) keywords: &'static [&'static str],
    pub(super) types: &'static [&'static str],
    /// The lists are in lower case then.
    pub(super) ignores_case: bool,
    /// What words are made of besides letters, digits and `_`.
    pub(super) word_signs: &'static str,
}

/// How a text in quotes begins and ends.
#[derive(Debug)]
pub(super) struct Quote {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    /// What takes the meaning from the sign behind it.
    pub(super) escape: Option<char>,
    /// Whether the closing sign twice stands for itself.
    pub(super) doubles: bool,
    pub(super) spans_lines: bool,
    /// Whether the sign is a quote around one character only.
    pub(super) holds_one_character: bool,
}

const fn quote(sign: &'static str) -> Quote {
    Quote {
        open: sign,
        close: sign,
        escape: Some('\\'),
        doubles: false,
        spans_lines: false,
        holds_one_character: false,
    }
}

/// Of several lines.
const fn long(open: &'static str, close: &'static str) -> Quote {
    Quote {
        open,
        close,
        spans_lines: true,
        ..quote(open)
    }
}

/// Of several lines, and nothing in it has another meaning.
const fn raw(open: &'static str, close: &'static str) -> Quote {
    Quote {
        escape: None,
        ..long(open, close)
    }
}

/// In which the sign twice stands for itself.
const fn doubled(sign: &'static str) -> Quote {
    Quote {
        escape: None,
        doubles: true,
        ..quote(sign)
    }
}

const ONE_CHARACTER: Quote = Quote {
    holds_one_character: true,
    ..quote("'")
};

const NOTHING: Dialect = Dialect {
    lines: &[],
    comments_stand_apart: false,
    blocks: &[],
    nested_blocks: &[],
    quotes: &[],
    transposes: false,
    directive: None,
    keywords: &[],
    types: &[],
    ignores_case: false,
    word_signs: "",
};

/// Braces, `//` and `/* */`.
const BRACES: Dialect = Dialect {
    lines: &["//"],
    blocks: &[("/*", "*/")],
    quotes: &[quote("\""), quote("'")],
    keywords: &[FLOW],
    ..NOTHING
};

const FLOW: &str = "if else for while do switch case default break continue return goto";
const OBJECTS: &str = "class interface enum extends implements new this super try catch finally throw throws public private protected \
                       static abstract final import package null true false void instanceof native synchronized volatile transient";
const NUMBERS: &str = "int long short byte char float double boolean bool String";

static C: Dialect = Dialect {
    quotes: &[raw("R\"(", ")\""), quote("\""), ONE_CHARACTER],
    directive: Some('#'),
    keywords: &[
        FLOW,
        "auto const extern inline register restrict sizeof static struct typedef union enum volatile class namespace using public private \
         protected virtual override final template typename new delete this operator friend try catch throw noexcept constexpr consteval \
         constinit mutable explicit decltype static_assert static_cast dynamic_cast reinterpret_cast const_cast concept requires co_await \
         co_return co_yield nullptr true false and or not NULL",
    ],
    types: &[
        "void bool char short int long float double signed unsigned size_t ssize_t ptrdiff_t int8_t int16_t int32_t int64_t uint8_t uint16_t \
         uint32_t uint64_t wchar_t char8_t char16_t char32_t __int128 string vector map set unordered_map unordered_set pair queue deque stack \
         priority_queue array bitset tuple std FILE BOOL id NSString NSInteger",
    ],
    ..BRACES
};
static JAVA: Dialect = Dialect {
    quotes: &[long("\"\"\"", "\"\"\""), quote("\""), quote("'")],
    keywords: &[
        FLOW,
        OBJECTS,
        "var record sealed permits yield assert strictfp def trait as in it",
    ],
    types: &[
        NUMBERS,
        "Integer Long Double Character Boolean Object System Math List ArrayList Map HashMap Set Scanner BigInteger",
    ],
    ..BRACES
};
static CSHARP: Dialect = Dialect {
    quotes: &[raw("@\"", "\""), quote("\""), quote("'")],
    directive: Some('#'),
    keywords: &[
        FLOW,
        OBJECTS,
        "using namespace struct var ref out in is as base const readonly override virtual sealed partial get set value where select from \
         async await foreach lock checked unchecked unsafe delegate event internal operator params stackalloc typeof sizeof when with yield \
         record init construct owned weak signal",
    ],
    types: &[
        NUMBERS,
        "uint ulong ushort sbyte decimal object string nint Console List Dictionary Math",
    ],
    ..BRACES
};
static JAVASCRIPT: Dialect = Dialect {
    quotes: &[quote("\""), quote("'"), long("`", "`")],
    keywords: &[
        FLOW,
        "var let const function class extends new this super try catch finally throw import export from as of in typeof instanceof delete void \
         async await yield null undefined true false NaN Infinity static get set type interface enum implements public private protected \
         readonly declare namespace abstract keyof infer is satisfies",
    ],
    types: &[
        "number string boolean any unknown never bigint symbol object Array Map Set Object Math Number String BigInt Promise console",
    ],
    word_signs: "$",
    ..BRACES
};
static GO: Dialect = Dialect {
    quotes: &[quote("\""), quote("'"), raw("`", "`")],
    keywords: &[
        FLOW,
        "package import func var const type struct interface map chan range go defer select fallthrough nil true false iota make new len cap \
         append copy delete panic recover",
    ],
    types: &[
        "int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 uintptr float32 float64 complex128 string bool byte rune error any",
    ],
    ..BRACES
};
static RUST: Dialect = Dialect {
    blocks: &[],
    nested_blocks: &[("/*", "*/")],
    quotes: &[
        raw("r#\"", "\"#"),
        raw("r\"", "\""),
        long("\"", "\""),
        ONE_CHARACTER,
    ],
    keywords: &[
        "as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub ref return self \
         Self static struct super trait true type unsafe use where while",
    ],
    types: &[
        "i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64 bool char str String Vec Option Some None Result Ok Err Box Rc HashMap \
         HashSet BTreeMap BTreeSet",
    ],
    ..BRACES
};
static KOTLIN: Dialect = Dialect {
    blocks: &[],
    nested_blocks: &[("/*", "*/")],
    quotes: &[raw("\"\"\"", "\"\"\""), quote("\""), ONE_CHARACTER],
    keywords: &[
        FLOW,
        OBJECTS,
        "fun val var when is in as by object companion data sealed open override internal lateinit typealias where suspend constructor init it \
         def trait match with yield lazy given using implicit type",
    ],
    types: &[
        "Int Long Short Byte Char Float Double Boolean String Any Unit Nothing Array List MutableList Map Set IntArray LongArray Seq Option Some \
         None BigInt",
    ],
    ..BRACES
};
static D: Dialect = Dialect {
    blocks: &[("/*", "*/"), ("/+", "+/")],
    quotes: &[raw("`", "`"), quote("\""), quote("'")],
    keywords: &[
        FLOW,
        OBJECTS,
        "module struct union template alias auto const immutable foreach foreach_reverse in out ref inout lazy pure nothrow is mixin typeof cast \
         delegate function unittest version scope with assert invariant override",
    ],
    types: &[
        NUMBERS,
        "uint ulong ushort ubyte real size_t string wstring dstring dchar wchar",
    ],
    ..BRACES
};
static ZIG: Dialect = Dialect {
    lines: &["//", "\\\\"],
    blocks: &[],
    keywords: &[
        FLOW,
        "const var fn pub comptime struct enum union error try catch orelse defer errdefer and or test extern export inline noalias null true \
         false undefined unreachable usingnamespace threadlocal",
    ],
    types: &["u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 bool void type anytype anyerror"],
    ..BRACES
};
static PHP: Dialect = Dialect {
    lines: &["//", "#"],
    quotes: &[long("\"", "\""), long("'", "'")],
    keywords: &[
        FLOW,
        OBJECTS,
        "function fn echo print array list foreach as global var const use namespace trait elseif endif endfor endforeach endwhile isset unset \
         empty require include and or xor match yield php",
    ],
    types: &[NUMBERS, "string mixed iterable callable object"],
    ..BRACES
};
static PYTHON: Dialect = Dialect {
    lines: &["#"],
    quotes: &[
        long("\"\"\"", "\"\"\""),
        long("'''", "'''"),
        quote("\""),
        quote("'"),
    ],
    keywords: &[
        "and as assert async await break class continue def del elif else except finally for from global if import in is lambda None nonlocal not \
         or pass raise return True False try while with yield match case",
    ],
    types: &[
        "int float str bool bytes list dict set tuple frozenset complex object type print input len range map filter zip enumerate sorted sum min \
         max abs open super self",
    ],
    ..NOTHING
};
static RUBY: Dialect = Dialect {
    lines: &["#"],
    comments_stand_apart: true,
    blocks: &[("=begin", "=end")],
    quotes: &[long("\"", "\""), long("'", "'"), quote("`")],
    keywords: &[
        "alias and begin break case class def defined? do else elsif end ensure false for if in module next nil not or redo rescue retry return \
         self super then true undef unless until when while yield require puts print gets loop lambda proc raise fn defmodule defp import \
         use fun macro struct lib include extend property getter setter require_relative",
    ],
    types: &[
        "Integer Float String Array Hash Symbol Object Math Int32 Int64 UInt8 Float64 Bool Char Enum IO Map List Regex",
    ],
    word_signs: "?!",
    ..NOTHING
};
static PERL: Dialect = Dialect {
    lines: &["#"],
    comments_stand_apart: true,
    quotes: &[long("\"", "\""), long("'", "'")],
    keywords: &[
        "my our local sub if elsif else unless while until for foreach do last next redo return use no package require and or not eq ne lt gt le \
         ge cmp x print printf say push pop shift unshift split join map grep sort keys values defined undef scalar chomp die open close",
    ],
    ..NOTHING
};
static SHELL: Dialect = Dialect {
    lines: &["#"],
    comments_stand_apart: true,
    quotes: &[long("\"", "\""), raw("'", "'")],
    keywords: &[
        "if then else elif fi for while until do done case esac in function return exit local export readonly declare echo printf read shift set \
         unset source eval exec test break continue let select time",
    ],
    ..NOTHING
};
static AWK: Dialect = Dialect {
    lines: &["#"],
    quotes: &[quote("\"")],
    keywords: &[
        FLOW,
        "BEGIN END function in next exit delete getline print printf NR NF FS OFS RS ORS",
    ],
    types: &[
        "length substr index split sub gsub match sprintf int sqrt log exp sin cos rand srand tolower toupper",
    ],
    ..NOTHING
};
static TCL: Dialect = Dialect {
    lines: &["#"],
    comments_stand_apart: true,
    quotes: &[long("\"", "\"")],
    keywords: &[
        "proc set if else elseif while for foreach return break continue switch expr incr puts gets lappend lindex llength list split join string \
         array dict global upvar uplevel namespace variable catch error eval format scan",
    ],
    ..NOTHING
};
static R: Dialect = Dialect {
    lines: &["#"],
    quotes: &[long("\"", "\""), long("'", "'")],
    keywords: &[
        FLOW,
        "function in repeat next TRUE FALSE NULL NA Inf NaN library require",
    ],
    types: &[
        "c list vector matrix numeric integer character logical cat print sum length seq paste readLines scan as",
    ],
    word_signs: ".",
    ..NOTHING
};
static OCTAVE: Dialect = Dialect {
    lines: &["%", "#"],
    blocks: &[("%{", "%}")],
    quotes: &[quote("\""), doubled("'")],
    transposes: true,
    keywords: &[
        "function end endfunction if elseif else endif for endfor while endwhile do until switch case otherwise endswitch break continue return \
         global persistent try catch end_try_catch unwind_protect true false",
    ],
    types: &[
        "zeros ones size length numel mod floor ceil sum prod max min printf disp input fscanf fgetl num2str",
    ],
    ..NOTHING
};
static NIM: Dialect = Dialect {
    lines: &["#"],
    nested_blocks: &[("#[", "]#")],
    quotes: &[raw("\"\"\"", "\"\"\""), quote("\""), ONE_CHARACTER],
    keywords: &[
        "proc func method template macro iterator converter var let const type if elif else case of for while block break continue return yield \
         import from include export when try except finally raise defer discard and or not xor shl shr div mod in notin is isnot nil true \
         false object ref ptr enum tuple concept static cast addr result echo",
    ],
    types: &["int int8 int16 int32 int64 uint uint8 float float64 bool char string seq array set Table"],
    ..NOTHING
};
static SQL: Dialect = Dialect {
    lines: &["--"],
    blocks: &[("/*", "*/")],
    quotes: &[doubled("'"), doubled("\"")],
    keywords: &[
        "select from where group by order having limit offset insert into values update set delete create table view index drop alter add column \
         primary key foreign references unique not null default check constraint join inner left right full outer cross on using union all \
         except intersect distinct as and or in exists between like is case when then else end with recursive over partition asc desc begin \
         commit rollback cast",
    ],
    types: &[
        "int integer bigint smallint text varchar char real float double numeric decimal boolean date timestamp blob count sum avg min max",
    ],
    ignores_case: true,
    ..NOTHING
};
static PASCAL: Dialect = Dialect {
    lines: &["//"],
    blocks: &[("{", "}"), ("(*", "*)")],
    quotes: &[doubled("'")],
    keywords: &[
        "and array begin case const div do downto else end file for function goto if implementation in inherited interface mod nil not object of \
         or packed procedure program property record repeat set shl shr then to type unit until uses var while with xor exit break continue \
         true false write writeln read readln",
    ],
    types: &[
        "integer longint int64 qword cardinal word byte shortint smallint real double single extended boolean char string ansistring",
    ],
    ignores_case: true,
    ..NOTHING
};
static ADA: Dialect = Dialect {
    lines: &["--"],
    quotes: &[doubled("\""), ONE_CHARACTER],
    keywords: &[
        "abort abs abstract accept access aliased all and array at begin body case constant declare delay delta digits do else elsif end entry \
         exception exit for function generic goto if in interface is limited loop mod new not null of or others out overriding package pragma \
         private procedure protected raise range record rem renames return reverse select separate some subtype synchronized tagged task \
         terminate then type until use when while with xor true false",
    ],
    types: &[
        "integer natural positive float long_integer long_long_integer long_float boolean character string",
    ],
    ignores_case: true,
    ..NOTHING
};
static COBOL: Dialect = Dialect {
    lines: &["*>"],
    quotes: &[doubled("\""), doubled("'")],
    keywords: &[
        "accept add call close compute data delete display divide division else end end-if end-perform end-read end-evaluate environment evaluate \
         exit file from go goback identification if initialize input into is line move multiply not occurs of open or output perform pic \
         picture procedure program-id read redefines run section select set stop string subtract then times to until unstring using \
         value varying when with working-storage write zero spaces and by giving",
    ],
    ignores_case: true,
    word_signs: "-",
    ..NOTHING
};
static FORTRAN: Dialect = Dialect {
    lines: &["!"],
    quotes: &[doubled("'"), doubled("\"")],
    keywords: &[
        "program end module contains use implicit none subroutine function result call return if then else elseif endif do enddo while cycle exit \
         select case default where allocate deallocate allocatable dimension intent in out inout parameter pointer target type class public \
         private recursive pure elemental read write print open close format stop continue interface save data only kind len",
    ],
    types: &["integer real double precision complex logical character"],
    ignores_case: true,
    ..NOTHING
};
static HASKELL: Dialect = Dialect {
    lines: &["--"],
    nested_blocks: &[("{-", "-}")],
    quotes: &[quote("\""), ONE_CHARACTER],
    keywords: &[
        "case class data deriving do else foldr if import in infix infixl infixr instance let module newtype of qualified then type where as hiding \
         forall main return True False otherwise",
    ],
    types: &[
        "Int Integer Double Float Char String Bool Maybe Just Nothing Either Left Right IO Map Set Word Int64",
    ],
    word_signs: "'",
    ..NOTHING
};
static ML: Dialect = Dialect {
    lines: &["//"],
    nested_blocks: &[("(*", "*)")],
    quotes: &[long("\"", "\""), ONE_CHARACTER],
    keywords: &[
        "and as assert begin class constraint do done downto else end exception external false for fun function functor if in include inherit \
         initializer lazy let match method module mutable new object of open or private rec sig struct then to true try type val virtual when \
         while with mod land lor lxor lsl lsr asr fn case datatype local structure signature andalso orelse not raise handle op div elif yield \
         namespace member static abstract default use return",
    ],
    types: &[
        "int float string char bool unit list array ref option Some None int64 nativeint bytes exn real IntInf printfn printf Array List Seq Map",
    ],
    ..NOTHING
};
static ERLANG: Dialect = Dialect {
    lines: &["%"],
    blocks: &[("/*", "*/")],
    quotes: &[quote("\""), quote("'")],
    keywords: &[
        "after and andalso band begin bnot bor bsl bsr bxor case catch cond div end fun if let not of or orelse receive rem try when xor module \
         export import is mod true false fail",
    ],
    types: &["io lists maps string integer_to_list list_to_integer"],
    ..NOTHING
};
static LISP: Dialect = Dialect {
    lines: &[";"],
    nested_blocks: &[("#|", "|#")],
    quotes: &[long("\"", "\"")],
    keywords: &[
        "defun defmacro defvar defparameter define define-syntax lambda let let* letrec let-values if cond case when unless do dolist dotimes loop \
         while for progn begin set! setf setq quote and or not nil t fn def defn ns require recur ->> -> doseq map reduce filter provide \
         in-range for/sum for/list else return format display newline read read-line println print car cdr cons list",
    ],
    word_signs: "-*+/<>=!?",
    ..NOTHING
};
static LUA: Dialect = Dialect {
    lines: &["--"],
    blocks: &[("--[[", "]]")],
    quotes: &[raw("[[", "]]"), quote("\""), quote("'")],
    keywords: &[
        "and break do else elseif end false for function goto if in local nil not or repeat return then true until while",
    ],
    types: &["print io string table math tonumber tostring ipairs pairs os bit"],
    ..NOTHING
};
static ASSEMBLY: Dialect = Dialect {
    lines: &["#", ";", "//"],
    blocks: &[("/*", "*/")],
    quotes: &[quote("\"")],
    keywords: &[
        "mov movq movl movb movzx movsx lea leaq push pushq pop popq add addq addl sub subq subl imul mul div idiv inc dec neg not and or xor xorl \
         xorq shl shr sar cmp cmpq cmpl test testq jmp je jne jz jnz jg jge jl jle ja jae jb jbe call ret syscall loop cqo cqto nop section \
         global globl extern db dw dd dq resb resq",
    ],
    types: &[
        "rax rbx rcx rdx rsi rdi rsp rbp r8 r9 r10 r11 r12 r13 r14 r15 eax ebx ecx edx esi edi al bl cl dl",
    ],
    ..NOTHING
};
static FORTH: Dialect = Dialect {
    lines: &["\\ "],
    blocks: &[("( ", ")")],
    keywords: &[
        ": ; if else then do loop +loop begin until while repeat again exit variable constant create does> dup drop swap over rot emit cr . key",
    ],
    ignores_case: true,
    word_signs: "+.>:;",
    ..NOTHING
};
static ALGOL68: Dialect = Dialect {
    lines: &[],
    blocks: &[("COMMENT", "COMMENT"), ("{", "}"), ("#", "#")],
    quotes: &[doubled("\"")],
    keywords: &[
        "BEGIN END IF THEN ELIF ELSE FI FOR FROM BY TO WHILE DO OD CASE IN OUT ESAC PROC OP MODE STRUCT UNION REF OF AND OR NOT TRUE FALSE SKIP",
    ],
    types: &["INT REAL BOOL CHAR STRING VOID LONG SHORT BITS COMPL FILE"],
    ..NOTHING
};

impl Dialect {
    /// That of a file, by its ending; by the language where two have the same.
    pub(super) fn of(language: &str, name: &str) -> Option<&'static Self> {
        let ending = name
            .rsplit_once('.')
            .map_or("", |(_, ending)| ending)
            .to_ascii_lowercase();
        Some(match (ending.as_str(), language) {
            ("m", "octave") | ("octave", _) => &OCTAVE,
            ("pl", "prolog") | ("erl" | "hrl" | "pro" | "prolog", _) => &ERLANG,
            ("c" | "h" | "cc" | "cpp" | "cpp17" | "cxx" | "c++" | "hpp" | "hh" | "hxx" | "m" | "mm", _) => &C,
            ("java" | "groovy", _) => &JAVA,
            ("cs" | "vala" | "vapi", _) => &CSHARP,
            ("js" | "mjs" | "cjs" | "ts" | "mts" | "cts", _) => &JAVASCRIPT,
            ("go", _) => &GO,
            ("rs", _) => &RUST,
            ("kt" | "kts" | "scala" | "sc" | "swift", _) => &KOTLIN,
            ("d" | "di", _) => &D,
            ("zig", _) => &ZIG,
            ("php", _) => &PHP,
            ("py" | "py3" | "pyw" | "pypy3", _) => &PYTHON,
            ("rb" | "cr" | "ex" | "exs" | "jl", _) => &RUBY,
            ("pl" | "pm", _) => &PERL,
            ("sh" | "bash", _) => &SHELL,
            ("awk", _) => &AWK,
            ("tcl", _) => &TCL,
            ("r", _) => &R,
            ("nim", _) => &NIM,
            ("sql", _) => &SQL,
            ("pas" | "pp" | "dpr", _) => &PASCAL,
            ("adb" | "ads", _) => &ADA,
            ("cob" | "cbl" | "cpy", _) => &COBOL,
            ("f" | "for" | "f90" | "f95" | "f03" | "f08", _) => &FORTRAN,
            ("hs", _) => &HASKELL,
            ("ml" | "mli" | "sml" | "sig" | "fs" | "fsi" | "fsx", _) => &ML,
            ("lisp" | "lsp" | "cl" | "scm" | "ss" | "rkt" | "clj" | "cljc", _) => &LISP,
            ("lua" | "luajit", _) => &LUA,
            ("s" | "asm", _) => &ASSEMBLY,
            ("fth" | "4th" | "forth" | "frt", _) => &FORTH,
            ("a68", _) => &ALGOL68,
            _ => return None,
        })
    }
}
