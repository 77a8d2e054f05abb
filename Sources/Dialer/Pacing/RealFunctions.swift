/// Functions of real numbers that the Swift standard library lacks; the pure targets import no C library.
enum RealFunctions {
  private static let ln2 = 0.693_147_180_559_945_309_4
  /// ln 2 in two parts, so that `x - k ln 2` keeps its last digits.
  private static let ln2High = 0.693_147_180_369_123_816_49
  private static let ln2Low = 1.908_214_929_270_587_700_0e-10

  /// e to the x. Relative error below 1e-14; 0 below -700, e^700 above 700.
  static func exp(_ x: Double) -> Double {
    if x < -700 { return 0 }
    let x = min(x, 700)
    let k = (x / ln2).rounded()
    let r = (x - k * ln2High) - k * ln2Low
    // Taylor's series on |r| <= 0.35: the first term left out is below 1e-16.
    var sum = 1.0
    var n = 13.0
    while n > 0 {
      sum = 1 + r * sum / n
      n -= 1
    }
    return sum * Double(sign: .plus, exponent: Int(k), significand: 1)
  }

  /// The natural logarithm. Relative error below 1e-14; -infinity at 0 and below.
  static func ln(_ x: Double) -> Double {
    guard x > 0 else { return -.infinity }
    var exponent = Double(x.exponent)
    var m = x.significand
    if m > 1.414_213_562_373_095 {
      m /= 2
      exponent += 1
    }
    // 2 artanh(s): |s| <= 0.172, eleven terms.
    let s = (m - 1) / (m + 1)
    let square = s * s
    var sum = 0.0
    var n = 21.0
    while n > 0 {
      sum = sum * square + 1 / n
      n -= 2
    }
    return exponent * ln2 + 2 * s * sum
  }

  /// ln n!, by Stirling's series with three terms from 10 on. Absolute error below 1e-10.
  static func lnFactorial(_ n: Int) -> Double {
    if n < 10 {
      var product = 1.0
      for i in stride(from: 2, through: n, by: 1) { product *= Double(i) }
      return ln(product)
    }
    let x = Double(n)
    let inverse = 1 / x
    let cube = inverse * inverse * inverse
    return x * ln(x) - x + 0.5 * ln(2 * .pi * x) + inverse / 12 - cube / 360
      + cube * inverse * inverse / 1260
  }

  /// The standard normal density.
  static func normalDensity(_ x: Double) -> Double { 0.398_942_280_401_432_7 * exp(-0.5 * x * x) }

  /// The chance that a standard normal variable is above `x`.
  /// Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.2.17: absolute error below 7.5e-8.
  static func normalTail(_ x: Double) -> Double {
    let z = abs(x)
    let t = 1 / (1 + 0.231_641_9 * z)
    let series =
      ((((1.330_274_429 * t - 1.821_255_978) * t + 1.781_477_937) * t - 0.356_563_782) * t
        + 0.319_381_530) * t
    let tail = normalDensity(z) * series
    return x >= 0 ? tail : 1 - tail
  }
}
