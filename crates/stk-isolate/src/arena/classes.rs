//! Sizes of blocks: four steps a doubling, so that at most a fifth of a block is unused.

/// Classes from 16 bytes up to what [`super::BIG`] allows.
pub(super) const COUNT: usize = 64;

/// Class and size of the smallest block that holds `total` bytes.
pub(super) fn of(total: usize) -> (usize, usize) {
    let total = total.max(32);
    if total <= 128 {
        let steps = total.div_ceil(16);
        return (steps - 1, steps * 16);
    }
    // The doubling that `total` falls into, in quarters of it.
    let doubling = (total - 1).ilog2();
    let step = 1_usize << (doubling - 2);
    let steps = total.div_ceil(step);
    (8 + (doubling as usize - 7) * 4 + (steps - 5), steps * step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_size_has_one_class_and_fits_it() {
        let mut last = (0, 0);
        for total in 1..=super::super::BIG {
            let (class, size) = of(total);
            assert!(size >= total && size % 16 == 0 && class < COUNT, "{total}: {class}, {size}");
            assert!(size - total <= (total / 4).max(31), "{total} wastes {}", size - total);
            assert_eq!(of(size), (class, size), "a block's own size is of its class");
            assert!(class == last.0 && size == last.1 || class > last.0 && size > last.1, "{total}");
            last = (class, size);
        }
    }
}
