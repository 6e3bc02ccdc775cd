//! Network addresses and bit strings as Postgres writes them.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::ValueFault;
use super::cursor::Cursor;

pub(super) fn write_inet(mut cursor: Cursor<'_>, out: &mut Vec<u8>) -> Result<(), ValueFault> {
    let (_family, bits, is_cidr) = (cursor.u8()?, cursor.u8()?, cursor.u8()? != 0);
    let length = usize::from(cursor.u8()?);
    let address = cursor.take(length)?;
    let (text, bits_max) = match *address {
        [a, b, c, d] => (Ipv4Addr::new(a, b, c, d).to_string(), 32),
        _ => {
            let octets: [u8; 16] =
                address.try_into().map_err(|_| ValueFault::Damaged("its address has a strange length"))?;
            (ipv6(Ipv6Addr::from(octets)), 128)
        }
    };
    out.extend_from_slice(text.as_bytes());
    if is_cidr || bits != bits_max {
        out.extend_from_slice(format!("/{bits}").as_bytes());
    }
    Ok(())
}

/// Postgres writes an embedded IPv4 address in dots also where it is not marked by `ffff`.
fn ipv6(address: Ipv6Addr) -> String {
    let segments = address.segments();
    let [.., a, b, c, d] = address.octets();
    if segments[..6] == [0; 6] && segments[6] != 0 {
        return format!("::{}", Ipv4Addr::new(a, b, c, d));
    }
    address.to_string()
}

pub(super) fn write_mac(bytes: &[u8], out: &mut Vec<u8>) {
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            out.push(b':');
        }
        out.extend_from_slice(format!("{byte:02x}").as_bytes());
    }
}

pub(super) fn write_bits(mut cursor: Cursor<'_>, out: &mut Vec<u8>) -> Result<(), ValueFault> {
    let count = cursor.u32()? as usize;
    let bytes = cursor.take(count.div_ceil(8))?;
    out.extend((0..count).map(|index| b'0' + (bytes[index / 8] >> (7 - index % 8) & 1)));
    Ok(())
}
