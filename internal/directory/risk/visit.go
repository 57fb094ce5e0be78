package risk

import (
	"encoding/base64"
	"encoding/json"
	"net/netip"
	"strings"
	"unicode"

	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/userpool"
)

// Visit says where a request comes from. Nothing proves what the device says of
// itself. The zero value says nothing.
type Visit struct {
	token.Visitor
	Encoded string // what a library for browsers or phones collected; may be empty
	// Relayed: the user's server says from where the user calls. What it leaves out
	// is unknown.
	Relayed bool
}

// OfUser returns the visit of a program that calls for its user: the program's own
// address, unless its client has the right to say from where the user calls.
func OfUser(from token.Visitor, c *userpool.Client, told, encoded string) Visit {
	if told != "" && c.Settings.TellsAddresses && c.Confidential() {
		return Visit{Visitor: token.Visitor{Address: told}, Encoded: encoded, Relayed: true}
	}
	return Visit{Visitor: from, Encoded: encoded}
}

// maxEncoded is the longest text of a library that is read.
const maxEncoded = 16 << 10

// encoded is what Amazon's libraries send. Its signature is made with the id of the
// client, which is no secret, and so is not checked.
type encoded struct {
	Payload string `json:"payload"`
}

type payload struct {
	Context struct {
		UserAgent string
		DeviceID  string `json:"DeviceId"`
		Timezone  string `json:"ClientTimezone"`
	} `json:"contextData"`
}

// here is a visit as it is weighed and recorded.
type here struct {
	address  netip.Addr // not valid: unknown
	device   string     // what a person can recognise the device by
	mark     string     // what tells the devices of a user apart; "": unknown
	timezone string
	told     bool // a library or the application said more than the request does
	place    Place
	located  bool
}

// here reads a visit. ErrAddress.
func (e *Engine) here(v Visit) (here, error) {
	h := here{}
	if v.Address != "" {
		a, err := netip.ParseAddr(v.Address)
		if err != nil {
			return h, ErrAddress.Because(err)
		}
		h.address = a.Unmap().WithZone("")
		h.place, h.located = e.locate(h.address)
	}
	var p payload
	if p, h.told = read(v.Encoded); h.told {
		v.UserAgent, h.timezone = p.Context.UserAgent, printable(p.Context.Timezone, 16)
	}
	h.device, h.mark = deviceOf(v.Visitor)
	if h.mark == "" && v.Address != "" && !v.Relayed {
		h.mark = silent
	}
	if id := printable(p.Context.DeviceID, 128); id != "" {
		h.mark = "id " + id
	}
	return h, nil
}

// read returns what a library says. ok is false if it says nothing that can be read.
func read(text string) (p payload, ok bool) {
	if text == "" || len(text) > maxEncoded {
		return p, false
	}
	plain, err := base64.StdEncoding.DecodeString(text)
	var outer encoded
	if err != nil || json.Unmarshal(plain, &outer) != nil || json.Unmarshal([]byte(outer.Payload), &p) != nil {
		return payload{}, false
	}
	return p, true
}

// printable returns a text of at most most bytes without control characters.
func printable(s string, most int) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
	return strings.ToValidUTF8(s[:min(len(s), most)], "")
}

// silent is the mark of a program that calls and does not say what it is: a device
// like any other, or whoever leaves the header out would come with a known one.
const silent = "silent"

// unknown is the part of a device that cannot be told. Cognito: "Other, Other".
const unknown = "Other"

// deviceOf returns the name of a device, and its mark: the name without versions,
// since programs are updated. Both are "" if the program says nothing of itself.
func deviceOf(v token.Visitor) (name, mark string) {
	if v.UserAgent == "" {
		return "", ""
	}
	browser, system := v.Program()
	if browser == "" {
		browser = unknown
	}
	if system == "" {
		system = unknown
	}
	return browser + ", " + system, unversioned(browser) + ", " + unversioned(system)
}

func unversioned(s string) string { return strings.TrimRight(s, " .0123456789") }

// networkOf returns the network that an address is compared by: providers give their
// customers another address of it now and then. "": unknown.
func networkOf(text string) string {
	a, err := netip.ParseAddr(text)
	if err != nil {
		return ""
	}
	bits := 24
	if a.Is6() {
		bits = 48
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}

// addressText returns "" for an unknown address.
func (h *here) addressText() string {
	if !h.address.IsValid() {
		return ""
	}
	return h.address.String()
}
