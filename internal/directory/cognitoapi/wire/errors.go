package wire

import "gatehouse/internal/base/fault"

// Errors of the wire form.
var (
	ErrOperationNotSupported = fault.New(fault.Unsupported, "operation_not_supported", "This version of Gatehouse does not offer this operation. docs/compatibility.md lists those that it offers.")
	ErrSerialization         = fault.New(fault.Invalid, "serialization", "The request body is not valid JSON.")
	ErrConstraint            = fault.New(fault.Invalid, "constraint", "The request breaks a constraint.")
)

func notSupported(operation string) error {
	return ErrOperationNotSupported.Saying("This version of Gatehouse does not offer the operation %s. docs/compatibility.md lists those that it offers.", operation)
}

// The reasons for which a body does not have the form of an input. Cognito: observed
// texts, down to errFalseForString.
var (
	errUnexpectedField     = ErrSerialization.Saying("Unexpected field type")
	errUnexpectedValue     = ErrSerialization.Saying("Unexpected value type in payload")
	errUnexpectedStructure = ErrSerialization.Saying("Start of structure or map found where not expected.")
	errUnexpectedList      = ErrSerialization.Saying("Start of list found where not expected.")
	errNumberForString     = ErrSerialization.Saying("NUMBER_VALUE can not be converted to a String")
	errTrueForString       = ErrSerialization.Saying("TRUE_VALUE can not be converted to a String")
	errFalseForString      = ErrSerialization.Saying("FALSE_VALUE can not be converted to a String")
	errDuplicateMember     = ErrSerialization.Saying("A member appears twice in the same structure.")
	errBadCharacter        = ErrSerialization.Saying("A text holds a character that is not allowed.")
	errBadBase64           = ErrSerialization.Saying("A blob is not valid base64.")
	errTooDeep             = ErrSerialization.Saying("The request body is nested too deeply.")
	errTooManyValues       = ErrSerialization.Saying("The request body has too many values.")
)
