package token

import (
	"slices"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

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
	// ByRecovery is a recovery code: in the claim another ByApp, since it is a one-time
	// password, but it does not reach the level of an app.
	ByRecovery = "recovery"
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
	case has(ByDevice), has(ByKey), has(ByPassword) && (sent || has(ByRecovery)):
		return 3
	case sent:
		return 2
	case has(ByPassword):
		return 1
	}
	return 0
}

// Multiple reports whether the proof has more than one factor. A passkey is two: what
// the user has, and what unlocks it.
func (p Proof) Multiple() bool {
	return slices.ContainsFunc(p.AMR, func(way string) bool { return way == ByMany || way == ByDevice || way == ByKey })
}

// Recovered reports whether a recovery code was used.
func (p Proof) Recovered() bool { return slices.Contains(p.AMR, ByRecovery) }

// factorWays are the ways of the factors that a user can be asked for.
var factorWays = map[string][]string{
	user.ByPassword: {ByPassword}, user.WebAuthn: {ByDevice, ByKey}, user.SMSOTP: {BySMS}, user.SMSMFA: {BySMS},
	user.EmailOTP: {ByEmail}, user.SoftwareTokenMFA: {ByApp}, user.RecoveryCode: {ByRecovery},
}

// For returns what counts of a proof for a client now: the factors that it could ask
// the user for. If none of them begins a sign-in to the client, nothing counts.
func (p Proof) For(pool *userpool.Pool, c *userpool.Client, u *user.User) Proof {
	first := p.among(user.FirstFactorsFor(pool, c, u))
	if len(first) == 0 {
		return Proof{}
	}
	beside := user.StepFactors(pool, u, 0)
	if len(beside) > 0 && pool.Settings.RecoveryCodes > 0 {
		beside = append(beside, user.RecoveryCode)
	}
	for _, way := range p.among(beside) {
		if !slices.Contains(first, way) {
			first = append(first, way)
		}
	}
	return Proof{AMR: first}
}

// among returns those ways of the proof in which the factors are proved.
func (p Proof) among(factors []string) []string {
	return slices.DeleteFunc(slices.Clone(p.AMR), func(way string) bool {
		return !slices.ContainsFunc(factors, func(f string) bool { return slices.Contains(factorWays[f], way) })
	})
}

// add adds the claims acr and amr.
func (p Proof) add(c *Claims) {
	if p.ACR == "" {
		return
	}
	c.add("acr", p.ACR)
	said := slices.Clone(p.AMR)
	for i, way := range said {
		if way == ByRecovery { // RFC 8176 §2: "otp" is any one-time password
			said[i] = ByApp
		}
	}
	c.addList("amr", said)
}
