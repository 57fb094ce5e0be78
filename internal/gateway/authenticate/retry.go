package authenticate

// Retry is the error of a sign-in that failed on its way back, with the URL
// that starts it again.
type Retry struct {
	Err error
	URL string // the page that the person wanted: opening it signs in again
}

func (e *Retry) Error() string { return e.Err.Error() }
func (e *Retry) Unwrap() error { return e.Err }
