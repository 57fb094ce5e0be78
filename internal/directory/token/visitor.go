package token

import "gatehouse/internal/base/useragent"

// Visitor is what a request says of the program that sent it. Nothing proves that
// the user agent is true. An empty field is unknown.
type Visitor struct {
	Address   string
	UserAgent string
}

// Device returns what a person can recognise the program by; see
// [useragent.Device].
func (v Visitor) Device() string { return useragent.Device(v.UserAgent) }

// Program returns the browser and the operating system; see [useragent.Program].
func (v Visitor) Program() (browser, system string) { return useragent.Program(v.UserAgent) }
