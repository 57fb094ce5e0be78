package signin

import (
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
)

// SMSOTP is the name of the challenge for a code to the user's phone as the first
// factor. It is never due: the user chooses it.
const SMSOTP = user.SMSOTP

var smsOTP = sentCode{name: SMSOTP, contact: "phone_number", key: "SMS_OTP_CODE", factor: credential.FactorSMS}
