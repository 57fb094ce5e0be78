package signin

import (
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
)

// EmailOTP is the name of the challenge for a code that was sent to the user's
// mailbox.
const EmailOTP = user.EmailOTP

var emailOTP = sentCode{name: EmailOTP, contact: "email", key: "EMAIL_OTP_CODE", factor: credential.FactorEmail}
