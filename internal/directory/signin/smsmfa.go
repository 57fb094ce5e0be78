package signin

import (
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/user"
)

// SMSMFA is the name of the challenge for a code that was sent to the user's
// phone.
const SMSMFA = user.SMSMFA

var smsMFA = sentCode{name: SMSMFA, contact: "phone_number", key: "SMS_MFA_CODE", factor: credential.FactorSMS}
