package token

import "slices"

// The ways in which a user can prove who they are, as the claim amr has them.
// Cognito: "Step-up authentication"; RFC 8176.
const (
	ByPassword = "pwd"
	ByApp      = "otp"
	BySMS      = "sms"
	ByEmail    = "email_otp"
	ByDevice   = "swk" // a passkey of the device itself
	ByKey      = "hwk" // a passkey of another device
	ByMany     = "mfa" // two of the others or more
)

// Proof says how a user has signed in. The zero value says nothing, as in a pool
// without levels of assurance. It is stored as JSON, so a field keeps its name.
type Proof struct {
	ACR string   `json:",omitempty"` // the name that the level had then; "": none
	AMR []string `json:",omitempty"`
}

// Level returns the level of assurance that the ways reach together, whatever it is
// called. 0: none.
func (p Proof) Level() int {
	has := func(way string) bool { return slices.Contains(p.AMR, way) }
	sent := has(BySMS) || has(ByEmail)
	switch {
	case has(ByPassword) && has(ByApp):
		return 4
	case has(ByDevice), has(ByKey), has(ByPassword) && sent:
		return 3
	case sent:
		return 2
	case has(ByPassword):
		return 1
	}
	return 0
}

// add adds the claims acr and amr.
func (p Proof) add(c *Claims) {
	if p.ACR == "" {
		return
	}
	c.add("acr", p.ACR)
	c.addList("amr", p.AMR)
}
