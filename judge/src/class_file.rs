//! Finding the main class among compiled ones, by what the class files say.
//!
//! Layout by the Java Virtual Machine Specification, chapter 4. The files come out of a compiler that ran on what a submitter
//! sent, so nothing in them is taken for granted.

/// The largest class file that is looked into, in bytes: methods end at 64 KiB, and classes of people are small.
pub(crate) const LARGEST: u64 = 16 << 20;

const MAGIC: u32 = 0xCAFE_BABE;
const PUBLIC_STATIC: u16 = 0x0001 | 0x0008;

/// The class's name with dots, where it has a `public static void main(String[])`; `None` also where this is no class file.
pub(crate) fn main_class(bytes: &[u8]) -> Option<String> {
    let mut reader = Reader(bytes);
    if reader.u32()? != MAGIC {
        return None;
    }
    reader.skip(4)?; // The version.
    let constants = Constants::read(&mut reader)?;
    reader.skip(2)?; // Access flags.
    let this = reader.u16()?;
    reader.skip(2)?; // The superclass.
    let interfaces = usize::from(reader.u16()?);
    reader.skip(2 * interfaces)?;
    members(&mut reader, |_, _, _| ())?; // Fields.
    let mut has_main = false;
    members(&mut reader, |access, name, descriptor| {
        has_main |= access & PUBLIC_STATIC == PUBLIC_STATIC
            && constants.text(name) == Some(b"main")
            && constants.text(descriptor) == Some(b"([Ljava/lang/String;)V");
    })?;
    let name = std::str::from_utf8(constants.text(constants.class(this)?)?).ok()?;
    has_main.then(|| name.replace('/', "."))
}

/// Reads fields or methods; `look` is given access flags and the constants of name and descriptor.
fn members(reader: &mut Reader<'_>, mut look: impl FnMut(u16, u16, u16)) -> Option<()> {
    for _ in 0..reader.u16()? {
        look(reader.u16()?, reader.u16()?, reader.u16()?);
        for _ in 0..reader.u16()? {
            reader.skip(2)?;
            let length = usize::try_from(reader.u32()?).ok()?;
            reader.skip(length)?;
        }
    }
    Some(())
}

/// What of the constant pool is of use, by index.
struct Constants<'a>(Vec<Constant<'a>>);

#[derive(Clone)]
enum Constant<'a> {
    Text(&'a [u8]),
    /// Its name's index.
    Class(u16),
    Other,
}

impl<'a> Constants<'a> {
    fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let count = usize::from(reader.u16()?);
        let mut constants = vec![Constant::Other]; // Indices begin with 1.
        while constants.len() < count {
            let tag = reader.u8()?;
            let constant = match tag {
                1 => {
                    let length = usize::from(reader.u16()?);
                    Constant::Text(reader.take(length)?)
                }
                7 => Constant::Class(reader.u16()?),
                _ => {
                    reader.skip(match tag {
                        8 | 16 | 19 | 20 => 2,
                        15 => 3,
                        3 | 4 | 9..=12 | 17 | 18 => 4,
                        5 | 6 => 8,
                        _ => return None,
                    })?;
                    Constant::Other
                }
            };
            constants.push(constant);
            if matches!(tag, 5 | 6) {
                constants.push(Constant::Other); // Long and double take two indices.
            }
        }
        Some(Self(constants))
    }

    fn text(&self, index: u16) -> Option<&'a [u8]> {
        match self.0.get(usize::from(index))? {
            Constant::Text(text) => Some(text),
            _ => None,
        }
    }

    fn class(&self, index: u16) -> Option<u16> {
        match self.0.get(usize::from(index))? {
            Constant::Class(name) => Some(*name),
            _ => None,
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(head)
    }

    fn skip(&mut self, length: usize) -> Option<()> {
        self.take(length).map(drop)
    }

    fn u8(&mut self) -> Option<u8> {
        Some(self.take(1)?[0])
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A class file with one method of this name, descriptor and access, whose constants include a long.
    fn class(name: &str, method: &str, descriptor: &str, access: u16) -> Vec<u8> {
        let mut bytes = [0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 61, 0, 7].to_vec();
        bytes.push(5);
        bytes.extend([0; 8]);
        for text in [name, method, descriptor] {
            bytes.push(1);
            bytes.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
            bytes.extend(text.as_bytes());
        }
        bytes.extend([7, 0, 3]);
        for number in [0x21, 6, 0, 0, 0, 1, access, 4, 5, 0, 0] {
            bytes.extend(number.to_be_bytes());
        }
        bytes
    }

    #[test]
    fn a_main_class_is_one_with_a_main_method() {
        let strings = "([Ljava/lang/String;)V";
        for (file, expected) in [
            (class("Main", "main", strings, 9), Some("Main")),
            (class("a/b/Main", "main", strings, 0x1089), Some("a.b.Main")),
            (class("Main", "main", strings, 8), None),
            (class("Main", "main", strings, 1), None),
            (class("Main", "main", "()V", 9), None),
            (class("Main", "Main", strings, 9), None),
            (b"text".to_vec(), None),
            (Vec::new(), None),
        ] {
            assert_eq!(main_class(&file).as_deref(), expected);
        }
    }

    #[test]
    fn a_file_that_is_cut_or_changed_is_no_main_class_or_is_one_and_nothing_else() {
        let whole = class("Main", "main", "([Ljava/lang/String;)V", 9);
        for length in 0..whole.len() - 2 {
            assert_eq!(main_class(&whole[..length]), None, "cut at {length}");
        }
        for at in 0..whole.len() {
            for byte in [0, 1, 127, 255] {
                let mut changed = whole.clone();
                changed[at] = byte;
                let _ = main_class(&changed); // Does not panic.
            }
        }
    }
}
