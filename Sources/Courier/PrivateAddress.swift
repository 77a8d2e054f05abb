import Glibc

/// Which addresses are of this machine, its networks and links, and not of the public internet.
enum PrivateAddress {
  /// The address family of a public address; nil where it is private, or none that is known.
  static func `public`(_ address: UnsafeRawBufferPointer) -> Int32? {
    guard let bytes = bytes(of: address) else { return nil }
    let isPrivate = bytes.count == 4 ? isPrivate4(bytes) : isPrivate6(bytes)
    return isPrivate ? nil : bytes.count == 4 ? AF_INET : AF_INET6
  }

  /// `127.0.0.1`, `fe80:…`; for a sentence.
  static func words(_ address: UnsafeRawBufferPointer) -> String {
    guard let bytes = bytes(of: address) else { return "an address of an unknown family" }
    if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") }
    return stride(from: 0, to: 16, by: 2).map {
      String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
    }.joined(separator: ":")
  }

  /// 4 or 16 bytes.
  private static func bytes(of address: UnsafeRawBufferPointer) -> [UInt8]? {
    guard address.count >= 2 else { return nil }
    switch Int32(address.loadUnaligned(as: sa_family_t.self)) {
    case AF_INET where address.count >= MemoryLayout<sockaddr_in>.size: return Array(address[4..<8])
    case AF_INET6 where address.count >= MemoryLayout<sockaddr_in6>.size: return Array(address[8..<24])
    default: return nil
    }
  }

  /// RFC 6890 and what came after it: not globally reachable.
  static func isPrivate4(_ ip: [UInt8]) -> Bool {
    switch (ip[0], ip[1], ip[2]) {
    case (0, _, _), (10, _, _), (127, _, _): true
    case (100, 64...127, _), (169, 254, _), (172, 16...31, _), (192, 168, _), (198, 18...19, _): true
    case (192, 0, 0), (192, 0, 2), (198, 51, 100), (203, 0, 113), (192, 88, 99): true
    case (224..., _, _): true
    default: false
    }
  }

  static func isPrivate6(_ ip: [UInt8]) -> Bool {
    let zeros = ip.prefix(10).allSatisfy { $0 == 0 }
    // IPv4 inside: mapped, translated (RFC 6052), 6to4.
    if zeros, ip[10] == 0xFF, ip[11] == 0xFF { return isPrivate4(Array(ip[12...])) }
    if ip.prefix(12) == [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0] { return isPrivate4(Array(ip[12...])) }
    if ip[0] == 0x20, ip[1] == 0x02 { return isPrivate4(Array(ip[2..<6])) }
    // ::, ::1 and the compatible addresses; only 2000::/3 is given out.
    if zeros { return true }
    return ip[0] & 0xE0 != 0x20 || ip.prefix(4) == [0x20, 0x01, 0x0D, 0xB8]
  }
}
