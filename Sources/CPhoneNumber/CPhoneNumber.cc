#include "CPhoneNumber.h"

#include <phonenumbers/phonenumberutil.h>

#include <cstring>
#include <string>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

namespace {

int kindOf(PhoneNumberUtil::PhoneNumberType type) {
  switch (type) {
    case PhoneNumberUtil::FIXED_LINE: return PZ_KIND_FIXED;
    case PhoneNumberUtil::MOBILE: return PZ_KIND_MOBILE;
    case PhoneNumberUtil::FIXED_LINE_OR_MOBILE: return PZ_KIND_FIXED_OR_MOBILE;
    case PhoneNumberUtil::TOLL_FREE: return PZ_KIND_TOLL_FREE;
    case PhoneNumberUtil::PREMIUM_RATE: return PZ_KIND_PREMIUM;
    case PhoneNumberUtil::SHARED_COST: return PZ_KIND_SHARED_COST;
    case PhoneNumberUtil::VOIP: return PZ_KIND_VOIP;
    case PhoneNumberUtil::PERSONAL_NUMBER: return PZ_KIND_PERSONAL;
    case PhoneNumberUtil::UNKNOWN: return PZ_KIND_INVALID;
    default: return PZ_KIND_OTHER;  // pager, UAN, voicemail
  }
}

// Copies with the closing NUL; false where it does not fit.
bool put(const std::string &text, char *out, size_t capacity) {
  if (text.size() >= capacity) return false;
  std::memcpy(out, text.c_str(), text.size() + 1);
  return true;
}

}  // namespace

extern "C" int pz_number_read(const char *text, size_t length, const char *region, char out_e164[20],
                              int *kind, char *out_home) {
  try {
    const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
    PhoneNumber number;
    if (util.Parse(std::string(text, length), region, &number) != PhoneNumberUtil::NO_PARSING_ERROR) return 0;
    if (!util.IsPossibleNumber(number)) return 0;
    std::string e164;
    util.Format(number, PhoneNumberUtil::E164, &e164);
    *kind = kindOf(util.GetNumberType(number));
    if (out_home != nullptr) {
      std::string home;
      util.GetRegionCodeForNumber(number, &home);
      if (!put(home, out_home, 4)) return 0;
    }
    return put(e164, out_e164, 20) ? 1 : 0;
  } catch (...) {
    return 0;
  }
}

extern "C" int pz_number_national(const char *e164, char out_national[40], char out_region[4]) {
  try {
    const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
    PhoneNumber number;
    if (util.Parse(e164, "ZZ", &number) != PhoneNumberUtil::NO_PARSING_ERROR) return 0;
    std::string national, region;
    util.Format(number, PhoneNumberUtil::NATIONAL, &national);
    util.GetRegionCodeForNumber(number, &region);
    return put(national, out_national, 40) && put(region, out_region, 4) ? 1 : 0;
  } catch (...) {
    return 0;
  }
}

extern "C" int pz_region_calling_code(const char *region) {
  try {
    return PhoneNumberUtil::GetInstance()->GetCountryCodeForRegion(region);
  } catch (...) {
    return 0;
  }
}
