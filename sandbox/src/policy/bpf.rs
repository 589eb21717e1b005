//! From rules to the kernel's packet-filter instructions.
//!
//! One program with several answers, which a chain of filters of one answer each could not be; and a search tree instead
//! of a list, since the program runs for every system call and, when it is loaded, once for every number there is.

use std::collections::BTreeMap;

use super::{Condition, Rule};
use crate::sys::Instruction;

const LOAD: u16 = 0x20; // BPF_LD | BPF_W | BPF_ABS
const JUMP: u16 = 0x05; // BPF_JMP | BPF_JA
const IF_EQUAL: u16 = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const IF_AT_LEAST: u16 = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const IF_ANY_BIT: u16 = 0x45; // BPF_JMP | BPF_JSET | BPF_K
const RETURN: u16 = 0x06; // BPF_RET | BPF_K

const ALLOW: u32 = 0x7FFF_0000;
const ERRNO: u32 = 0x0005_0000;
const KILL: u32 = 0x8000_0000;

// Offsets in `struct seccomp_data`.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;

#[cfg(target_arch = "x86_64")]
const OURS: u32 = 0xC000_003E;
#[cfg(target_arch = "aarch64")]
const OURS: u32 = 0xC000_00B7;

/// What happens to all calls from one number up to the next segment.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Decision {
    Return(u32),
    Examine(Vec<Rule>),
}

/// A program that answers as the rules say, `ENOSYS` to calls above `newest`, and allows the rest.
///
/// The numbers of x32, which has the architecture of x86-64, are far above any `newest`.
pub(super) fn compile(rules: &[Rule], newest: u32) -> Vec<Instruction> {
    let mut program = vec![
        plain(LOAD, ARCHITECTURE),
        jump(IF_EQUAL, OURS, 1, 0),
        plain(RETURN, KILL),
        plain(LOAD, NUMBER),
    ];
    program.extend(search(&segments(rules, newest)));
    program
}

/// First number and decision of each segment, in order, from number 0.
fn segments(rules: &[Rule], newest: u32) -> Vec<(u32, Decision)> {
    let mut calls: BTreeMap<u32, Vec<Rule>> = BTreeMap::new();
    for rule in rules {
        if let Ok(number) = u32::try_from(rule.call) {
            calls.entry(number).or_default().push(*rule);
        }
    }
    let decide = |number: u32| match calls.get(&number).map(Vec::as_slice) {
        _ if number > newest => Decision::Return(errno(libc::ENOSYS)),
        None => Decision::Return(ALLOW),
        Some(
            [
                Rule {
                    condition: Condition::Always,
                    answer,
                    ..
                },
                ..,
            ],
        ) => Decision::Return(errno(*answer)),
        Some(rules) => Decision::Examine(rules.to_vec()),
    };
    let mut segments: Vec<(u32, Decision)> = Vec::new();
    for number in 0..=newest + 1 {
        let decision = decide(number);
        if segments.last().is_none_or(|(_, last)| *last != decision) {
            segments.push((number, decision));
        }
    }
    segments
}

/// Finds the segment of a number; every path ends with a return.
fn search(segments: &[(u32, Decision)]) -> Vec<Instruction> {
    match segments {
        [] => vec![plain(RETURN, ALLOW)],
        [(_, Decision::Return(value))] => vec![plain(RETURN, *value)],
        [(_, Decision::Examine(rules))] => examine(rules),
        _ => {
            let (low, high) = segments.split_at(segments.len() / 2);
            let mut code = branch(IF_AT_LEAST, high[0].0, search(low));
            code.extend(search(high));
            code
        }
    }
}

/// Runs what follows when the comparison holds, else `otherwise`, which must end with a return.
fn branch(comparison: u16, value: u32, otherwise: Vec<Instruction>) -> Vec<Instruction> {
    let mut code = match u8::try_from(otherwise.len()) {
        Ok(length) => vec![jump(comparison, value, length, 0)],
        // Conditional jumps reach 255 instructions.
        Err(_) => vec![jump(comparison, value, 0, 1), plain(JUMP, reach(&otherwise))],
    };
    code.extend(otherwise);
    code
}

/// Applies the rules of one call in turn.
fn examine(rules: &[Rule]) -> Vec<Instruction> {
    let mut code = Vec::new();
    for rule in rules {
        let answer = plain(RETURN, errno(rule.answer));
        match rule.condition {
            Condition::Always => code.push(answer),
            Condition::AnyBit { argument, mask } => {
                code.extend([
                    plain(LOAD, low_half(argument)),
                    jump(IF_ANY_BIT, mask, 0, 1),
                    answer,
                ]);
            }
            Condition::OneOf { argument, values } => {
                code.push(plain(LOAD, low_half(argument)));
                for value in values {
                    code.extend([jump(IF_EQUAL, *value, 0, 1), answer]);
                }
            }
            Condition::NoneOf { argument, values } => {
                code.push(plain(LOAD, low_half(argument)));
                // Each of these jumps over the rest of them and the answer.
                let count = values.len().min(usize::from(u8::MAX) - 1);
                for (index, value) in values.iter().take(count).enumerate() {
                    let over = u8::try_from(count - index).unwrap_or(u8::MAX);
                    code.push(jump(IF_EQUAL, *value, over, 0));
                }
                code.push(answer);
            }
            Condition::Given {
                argument,
                value,
                pointer,
            } => {
                code.extend([
                    plain(LOAD, low_half(argument)),
                    jump(IF_EQUAL, value, 0, 5),
                    plain(LOAD, low_half(pointer)),
                    jump(IF_EQUAL, 0, 0, 2),
                    plain(LOAD, low_half(pointer) + 4),
                    jump(IF_EQUAL, 0, 1, 0),
                    answer,
                ]);
            }
        }
    }
    code.push(plain(RETURN, ALLOW));
    code
}

const fn plain(code: u16, k: u32) -> Instruction {
    Instruction {
        code,
        jt: 0,
        jf: 0,
        k,
    }
}

const fn jump(code: u16, k: u32, jt: u8, jf: u8) -> Instruction {
    Instruction { code, jt, jf, k }
}

fn reach(code: &[Instruction]) -> u32 {
    u32::try_from(code.len()).unwrap_or(u32::MAX)
}

fn errno(errno: i32) -> u32 {
    ERRNO | (errno.cast_unsigned() & 0xFFFF)
}

/// Where the low 32 bits of an argument are, on little-endian machines.
fn low_half(argument: u8) -> u32 {
    ARGUMENTS + 8 * u32::from(argument)
}

#[cfg(test)]
mod tests {
    use super::super::{NEWEST, rules};
    use super::*;

    /// What the kernel would do, step by step.
    fn run(program: &[Instruction], architecture: u32, number: u32, arguments: [u64; 6]) -> u32 {
        let mut data = Vec::new();
        data.extend(number.to_le_bytes());
        data.extend(architecture.to_le_bytes());
        data.extend(0_u64.to_le_bytes());
        data.extend(arguments.iter().flat_map(|argument| argument.to_le_bytes()));
        let (mut at, mut accumulator) = (0, 0);
        loop {
            let Instruction { code, jt, jf, k } = program[at];
            at += 1;
            let compare = |holds: bool| usize::from(if holds { jt } else { jf });
            match code {
                LOAD => {
                    let offset = k as usize;
                    accumulator = u32::from_le_bytes(data[offset..offset + 4].try_into().unwrap());
                }
                RETURN => return k,
                JUMP => at += k as usize,
                IF_EQUAL => at += compare(accumulator == k),
                IF_AT_LEAST => at += compare(accumulator >= k),
                IF_ANY_BIT => at += compare(accumulator & k != 0),
                _ => panic!("an instruction that we never emit: {code:#x}"),
            }
        }
    }

    /// What the rules say, read one by one.
    fn expected(rules: &[Rule], number: u32, arguments: [u64; 6]) -> u32 {
        if number > NEWEST {
            return errno(libc::ENOSYS);
        }
        let low = |argument: u8| u32::try_from(arguments[usize::from(argument)] & 0xFFFF_FFFF).unwrap();
        let applies = |rule: &&Rule| {
            rule.call == i64::from(number)
                && match rule.condition {
                    Condition::Always => true,
                    Condition::AnyBit { argument, mask } => low(argument) & mask != 0,
                    Condition::OneOf { argument, values } => values.contains(&low(argument)),
                    Condition::NoneOf { argument, values } => !values.contains(&low(argument)),
                    Condition::Given {
                        argument,
                        value,
                        pointer,
                    } => low(argument) == value && arguments[usize::from(pointer)] != 0,
                }
        };
        rules
            .iter()
            .find(applies)
            .map_or(ALLOW, |rule| errno(rule.answer))
    }

    #[test]
    fn the_program_says_what_the_rules_say() {
        let rules = rules();
        let program = compile(&rules, NEWEST);
        let values = [
            0,
            1,
            2,
            3,
            4,
            6,
            10,
            11,
            16,
            37,
            1024,
            1030,
            0x5412,
            0x8000,
            0x4_0000,
            0x1000_0000,
            0xFFFF_FFFF,
        ];
        for number in (0..600).chain([0x4000_0000, 0x4000_0001, u32::MAX]) {
            for first in values {
                for second in values {
                    // What is above the low half must not matter, but where a pointer is meant.
                    for (third, fourth) in [(0, 0), (if second % 2 == 0 { first } else { 7 << 32 }, second)] {
                        let arguments = [first | (7 << 32), second, third, fourth, 0, 0];
                        let found = run(&program, OURS, number, arguments);
                        assert_eq!(
                            found,
                            expected(&rules, number, arguments),
                            "call {number} with {arguments:x?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_foreign_architecture_kills() {
        let program = compile(&rules(), NEWEST);
        assert_eq!(
            run(&program, 0x4000_0003, 1, [0; 6]),
            KILL,
            "32-bit calls on a 64-bit machine"
        );
    }

    #[test]
    fn long_branches_are_reached() {
        let rules: Vec<_> = (0..NEWEST)
            .map(|call| Rule {
                call: call.into(),
                condition: Condition::Always,
                answer: 1 + i32::from(call % 2 == 0),
            })
            .collect();
        let program = compile(&rules, NEWEST);
        for number in 0..NEWEST {
            let answer = 1 + i32::from(number % 2 == 0);
            assert_eq!(
                run(&program, OURS, number, [0; 6]),
                errno(answer),
                "call {number}"
            );
        }
    }
}
