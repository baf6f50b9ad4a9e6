use super::*;
use std::fs;

const NETWORK: [u8; 32] = [7; 32];

fn temporary(name: &str) -> PathBuf {
    let directory = std::env::temp_dir().join(format!("ballast-file-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let path = directory.join(name);
    for suffix in ["", ".lock", ".new"] {
        let _ = fs::remove_file(beside(&path, suffix));
    }
    path
}

/// A new file each time: file systems wait for the disk where one is cut to nothing and written again.
fn write(path: &Path, bytes: &[u8]) {
    let _ = fs::remove_file(path);
    fs::write(path, bytes).unwrap();
}

type Records = Vec<(u8, Vec<u8>)>;

fn open(path: &Path) -> Result<(RecordFile, Records, Found), StateFileError> {
    let mut records = Records::new();
    let opened = RecordFile::open(path, NETWORK, &mut |kind, content| {
        records.push((kind, content.to_vec()));
        Ok(())
    })?;
    match opened {
        Opened::Existing(file, found) => Ok((file, records, found)),
        Opened::Vacant(_) => panic!("there is a file"),
    }
}

fn create(path: &Path, records: &[(u8, Vec<u8>)]) -> RecordFile {
    let opened = RecordFile::open(path, NETWORK, &mut |_, _| unreachable!()).unwrap();
    let Opened::Vacant(place) = opened else {
        panic!("there is no file");
    };
    RecordFile::create(place, NETWORK, &mut |put| {
        records
            .iter()
            .try_for_each(|(kind, content)| put(*kind, content))
    })
    .unwrap()
}

fn some_records() -> Records {
    vec![
        (1, b"settings".to_vec()),
        (2, vec![]),
        (3, (0..=255).collect()),
        (2, vec![0; 40]),
        (9, b"the last one".to_vec()),
    ]
}

#[test]
fn records_come_back_in_order_and_more_can_be_appended() {
    let path = temporary("order");
    let records = some_records();
    let mut file = create(&path, &records[..2]);
    for (kind, content) in &records[2..] {
        file.append(*kind, content, *kind == 9).unwrap();
    }
    assert_eq!(file.length(), fs::metadata(&path).unwrap().len());
    drop(file);
    let (mut file, read, found) = open(&path).unwrap();
    assert_eq!(read, records);
    assert_eq!((found.records, found.torn_bytes), (5, 0));
    file.append(4, b"more", true).unwrap();
    drop(file);
    assert_eq!(open(&path).unwrap().1.last(), Some(&(4, b"more".to_vec())));
}

#[test]
fn a_tail_torn_at_any_byte_is_dropped_and_cut_off() {
    let path = temporary("torn");
    let records = some_records();
    drop(create(&path, &records));
    let whole = fs::read(&path).unwrap();
    let last = HEAD_BYTES + records[4].1.len() + TAIL_BYTES;
    let before = whole.len() - last;
    for kept in 0..last {
        write(&path, &whole[..before + kept]);
        let (mut file, read, found) = open(&path).unwrap();
        assert_eq!(read, records[..4], "{kept} bytes of the last record");
        assert_eq!(found.torn_bytes, kept as u64);
        assert_eq!(fs::metadata(&path).unwrap().len(), before as u64);
        // It goes on where the last whole record ends.
        file.append(9, &records[4].1, false).unwrap();
        assert_eq!(fs::read(&path).unwrap(), whole);
    }
}

#[test]
fn blocks_that_never_reached_the_disk_are_dropped() {
    let path = temporary("zeros");
    let records = some_records();
    drop(create(&path, &records));
    let whole = fs::read(&path).unwrap();
    let last = HEAD_BYTES + records[4].1.len() + TAIL_BYTES;
    let before = whole.len() - last;
    for written in (0..1).chain(HEAD_BYTES..last) {
        let mut bytes = whole.clone();
        bytes[before + written..].fill(0);
        write(&path, &bytes);
        let (_, read, found) = open(&path).unwrap();
        assert_eq!(read, records[..4], "{written} bytes written");
        assert_eq!(found.torn_bytes, last as u64);
    }
}

#[test]
fn every_flipped_bit_is_found_and_the_file_left_as_it_is() {
    let path = temporary("flipped");
    drop(create(&path, &some_records()));
    let whole = fs::read(&path).unwrap();
    for place in 0..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[place] ^= 1 << bit;
            write(&path, &bytes);
            let refused = open(&path).map(|(_, records, _)| records);
            let error = refused.expect_err(&format!("byte {place}, bit {bit}"));
            match place {
                0..8 => assert!(matches!(error, StateFileError::Foreign(_))),
                8..12 => assert!(matches!(error, StateFileError::Format { .. })),
                _ => assert!(matches!(error, StateFileError::Corrupt { .. })),
            }
            assert_eq!(fs::read(&path).unwrap(), bytes);
        }
    }
}

#[test]
fn missing_doubled_and_swapped_records_are_found() {
    let path = temporary("moved");
    // Of equal length and kind, so that only the chain tells them apart.
    let records: Records = (0..4).map(|number| (2, vec![number; 16])).collect();
    drop(create(&path, &records));
    let whole = fs::read(&path).unwrap();
    let size = HEAD_BYTES + 16 + TAIL_BYTES;
    let (header, body) = whole.split_at(HEADER_BYTES as usize);
    let part = |number: usize| &body[number * size..(number + 1) * size];
    for order in [
        [0, 2, 3].as_slice(),
        &[0, 1, 1, 2, 3],
        &[0, 2, 1, 3],
        &[1, 2, 3],
    ] {
        let mut bytes = header.to_vec();
        order.iter().for_each(|number| bytes.extend(part(*number)));
        write(&path, &bytes);
        let refused = open(&path).map(drop);
        assert!(
            matches!(refused, Err(StateFileError::Corrupt { .. })),
            "{order:?}"
        );
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn foreign_files_are_refused() {
    let path = temporary("foreign");
    let newer = |format: u32| {
        let mut bytes = header(NETWORK).0;
        bytes[8..12].copy_from_slice(&format.to_be_bytes());
        bytes
    };
    for (bytes, words) in [
        (b"ts,open,high,low,close\n".to_vec(), "not a state file"),
        (MAGIC.to_vec(), "not a state file"),
        (vec![0; 4096], "not a state file"),
        (newer(2), "format 2"),
        (header([8; 32]).0, "another network"),
    ] {
        write(&path, &bytes);
        let error = open(&path).map(drop).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        assert!(error.contains("left as it is"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
    let directory = temporary("directory");
    fs::create_dir_all(&directory).unwrap();
    assert!(open(&directory).is_err());
}

#[test]
fn a_record_that_its_reader_refuses_is_damage() {
    let path = temporary("refused");
    drop(create(&path, &some_records()));
    let before = fs::read(&path).unwrap();
    let refused = RecordFile::open(&path, NETWORK, &mut |kind, _| match kind {
        3 => Err("no such thing".into()),
        _ => Ok(()),
    });
    match refused.map(drop) {
        Err(StateFileError::Corrupt { at, why, .. }) => {
            let before = HEAD_BYTES + 8 + TAIL_BYTES + HEAD_BYTES + TAIL_BYTES;
            assert_eq!(at, HEADER_BYTES + before as u64);
            assert_eq!(why, "no such thing");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn one_process_at_a_time() {
    let path = temporary("locked");
    let file = create(&path, &some_records());
    assert!(matches!(open(&path), Err(StateFileError::Locked(_))));
    drop(file);
    assert!(open(&path).is_ok());
}

#[test]
fn an_empty_file_is_a_new_one() {
    let path = temporary("empty");
    write(&path, &[]);
    drop(create(&path, &some_records()));
    assert_eq!(open(&path).unwrap().1, some_records());
}

#[test]
fn replacing_keeps_the_lock_and_goes_on() {
    let path = temporary("replaced");
    let mut file = create(&path, &some_records());
    file.replace(&mut |put| put(1, b"all there is")).unwrap();
    assert!(matches!(open(&path), Err(StateFileError::Locked(_))));
    file.append(2, b"and more", false).unwrap();
    assert_eq!(file.length(), fs::metadata(&path).unwrap().len());
    drop(file);
    let expected = vec![(1, b"all there is".to_vec()), (2, b"and more".to_vec())];
    assert_eq!(open(&path).unwrap().1, expected);
    assert!(!beside(&path, ".new").exists());
}

#[test]
fn a_replacement_that_fails_leaves_the_old_file() {
    let path = temporary("kept");
    let mut file = create(&path, &some_records());
    let failed = file.replace(&mut |put| {
        put(1, b"half")?;
        Err(io::Error::other("no space left"))
    });
    assert!(failed.is_err());
    assert!(!beside(&path, ".new").exists());
    // Whether the new file is in its place is not known: nothing is appended to either.
    assert!(file.append(2, b"and more", false).is_err());
    assert!(file.replace(&mut |put| put(1, b"all")).is_err());
    drop(file);
    assert_eq!(open(&path).unwrap().1, some_records());
}

#[test]
fn a_half_written_replacement_of_a_dead_process_does_not_matter() {
    let path = temporary("leftover");
    let file = create(&path, &some_records());
    drop(file);
    fs::write(beside(&path, ".new"), b"half of it").unwrap();
    let (mut file, records, _) = open(&path).unwrap();
    assert_eq!(records, some_records());
    file.replace(&mut |put| put(1, b"new")).unwrap();
    drop(file);
    assert_eq!(open(&path).unwrap().1, [(1, b"new".to_vec())]);
}

#[test]
#[cfg(target_os = "linux")]
fn nothing_follows_what_could_not_be_written() {
    let path = temporary("full");
    let mut file = create(&path, &some_records());
    let whole = fs::read(&path).unwrap();
    // Takes nothing: every write fails.
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let good = std::mem::replace(&mut file.file, full);
    assert!(file.append(2, b"lost", false).is_err());
    file.file = good;
    assert!(file.append(2, b"after the lost one", false).is_err());
    drop(file);
    assert_eq!(fs::read(&path).unwrap(), whole);
}
