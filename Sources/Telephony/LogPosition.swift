/// Where the reading of a log of Asterisk stands: which file, how far, and what stands before that place.
public struct LogPosition: Sendable, Hashable, Codable {
  /// `st_dev` and `st_ino` of the file.
  public var device: UInt64
  public var inode: UInt64
  /// Bytes from the start of the file; the start of a line.
  public var offset: Int64
  /// FNV-1a (64 bits) of the last `checkedBytes` bytes before `offset`, fewer at the start of the file: tells the
  /// file from another one that was given its inode, and finds a copy of it.
  public var checksum: UInt64

  /// Bytes that the checksum is made of, at most.
  public static let checkedBytes = 256

  public init(device: UInt64, inode: UInt64, offset: Int64, checksum: UInt64) {
    self.device = device
    self.inode = inode
    self.offset = offset
    self.checksum = checksum
  }

  /// FNV-1a with 64 bits (Fowler, Noll, Vo; RFC 9923).
  public static func checksum(of bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
