use super::*;

#[test]
fn blocks_are_distinct_aligned_and_reused() {
    let mut arena = Arena::new().unwrap();
    let blocks: Vec<*mut u8> = (1..500).map(|size| arena.allocate(size)).collect();
    for (place, block) in blocks.iter().enumerate() {
        assert_eq!(*block as usize % 16, 0);
        assert!(read_header(*block).1 > place);
    }
    let before = arena.state.next;
    for block in blocks {
        arena.free(block);
    }
    assert_eq!(arena.state.used, 0);
    (1..500).for_each(|size| assert!(!arena.allocate(size).is_null()));
    assert_eq!(arena.state.next, before, "freed blocks serve the second round");
}

#[test]
fn what_was_kept_comes_back() {
    let mut arena = Arena::new().unwrap();
    let block = arena.allocate(8);
    let set = |value: u64| {
        #[allow(unsafe_code)]
        // SAFETY: the block is live and 8 bytes long.
        unsafe {
            block.cast::<u64>().write(value);
        }
    };
    let get = || {
        #[allow(unsafe_code)]
        // SAFETY: as above.
        unsafe {
            block.cast::<u64>().read()
        }
    };
    set(1);
    arena.keep().unwrap();
    let used = arena.state.used;
    set(2);
    arena.limit = 64 << 20;
    let big = arena.allocate(BIG * 2);
    arena.resize(big, BIG * 4);
    (0..100).for_each(|_| assert!(!arena.allocate(BIG / 2).is_null()));
    arena.put_back();
    assert_eq!(get(), 1);
    assert_eq!((arena.state.used, arena.bigs.len(), arena.chunks.len()), (used, 0, 1));
}

#[test]
fn a_block_keeps_its_bytes_while_it_grows_and_shrinks() {
    let mut arena = Arena::new().unwrap();
    arena.limit = 64 << 20;
    let mut block = arena.allocate(16);
    for size in [100, 5000, BIG - 100, BIG * 3, BIG * 9, BIG + 1, BIG / 4, 32] {
        #[allow(unsafe_code)]
        // SAFETY: each round's block is at least 16 bytes long.
        unsafe {
            block.write_bytes(7, 16);
            block = arena.resize(block, size);
            assert!(read_header(block).1 >= size, "{size}");
            assert_eq!(std::slice::from_raw_parts(block, 16), [7; 16], "{size}");
        }
    }
    arena.free(block);
    assert_eq!((arena.state.used, arena.bigs.len()), (0, 0));
}

#[test]
fn more_than_the_limit_is_refused_and_remembered() {
    let mut arena = Arena::new().unwrap();
    arena.limit = 1 << 20;
    assert!(!arena.allocate(1 << 19).is_null());
    assert!(!arena.refused);
    assert!(arena.allocate(1 << 20).is_null());
    assert!(arena.allocate(usize::MAX - 3).is_null());
    assert!(arena.refused);
}

#[test]
fn a_script_that_goes_through_the_sizes_takes_no_more_than_its_limit() {
    let mut arena = Arena::new().unwrap();
    arena.limit = 16 << 20;
    for size in [1 << 10, 3 << 10, 9 << 10, 20 << 10, 50 << 10, 100 << 10] {
        let blocks: Vec<*mut u8> =
            std::iter::repeat_with(|| arena.allocate(size)).take_while(|block| !block.is_null()).collect();
        blocks.into_iter().for_each(|block| arena.free(block));
    }
    assert!(arena.refused && arena.chunks.len() * CHUNK <= (16 << 20) + 2 * CHUNK);
}

#[test]
fn blocks_never_overlap_whatever_the_order() {
    let mut arena = Arena::new().unwrap();
    arena.limit = 256 << 20;
    let mut live: Vec<(*mut u8, usize, u8)> = Vec::new();
    let mut state = 88_172_645_463_325_252_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 16).unwrap() % below
    };
    #[allow(unsafe_code)]
    // SAFETY: every block of `live` is live, and as long as it says.
    let holds = |(block, size, mark): (*mut u8, usize, u8)| unsafe {
        std::slice::from_raw_parts(block, size).iter().all(|byte| *byte == mark)
    };
    for round in 0..20_000 {
        let mark = u8::try_from(round % 251).unwrap();
        // Mostly small, at times around the limit of blocks that are mapped on their own.
        let size = 1 + if random(20) == 0 { random(3 * BIG) } else { random(2000) };
        match random(5) {
            0 | 1 => live.push((arena.allocate(size), size, mark)),
            2 if !live.is_empty() => {
                let block = live.swap_remove(random(live.len()));
                assert!(holds(block), "a freed block was whole");
                arena.free(block.0);
                continue;
            }
            3 if !live.is_empty() => {
                let (block, before, old) = live.swap_remove(random(live.len()));
                let moved = arena.resize(block, size);
                assert!(holds((moved, before.min(size), old)), "a block keeps its bytes");
                live.push((moved, size, mark));
            }
            _ => continue,
        }
        let (block, size, mark) = *live.last().unwrap();
        assert!(!block.is_null());
        #[allow(unsafe_code)]
        // SAFETY: the block is live and `size` bytes long.
        unsafe {
            block.write_bytes(mark, size);
        }
    }
    assert!(live.iter().all(|block| holds(*block)));
    live.into_iter().for_each(|(block, ..)| arena.free(block));
    assert_eq!((arena.state.used, arena.bigs.len()), (0, 0));
}
