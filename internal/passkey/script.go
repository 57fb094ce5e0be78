package passkey

import _ "embed"

// The names of the form and of its fields that [Script] reads and fills in.
const (
	FormName        = "passkey"
	FieldOptions    = "options"    // those of [Creation] or [Request]
	FieldCredential = "credential" // what the browser answers, for [ReadCreated] or [ReadAsserted]
	FieldFailure    = "failure"    // the name of the browser's error, if there is no answer
)

// Script asks the browser for a passkey when the form is sent, and puts the answer
// into the form.
//
//go:embed passkey.js
var Script string
