package user

import (
	"slices"

	"gatehouse/internal/directory/userpool"
)

// What one factor alone reaches, and the password with the code of another. Cognito:
// "Step-up authentication".
const (
	levelPassword = 1
	levelCode     = 2 // a code that was sent
	levelPasskey  = 3
	levelSent     = 3 // the password and a code that was sent
	levelApp      = 4 // the password and an authenticator app

	// RecoveryReaches is what the password and a recovery code reach.
	RecoveryReaches = levelSent
)

// StepFactors returns the second factors with which the user, beside the password,
// reaches a level. Unlike [SecondFactors] they need not be turned on. A contact that
// alone leads to a new password counts only if it is: a mailbox would be both
// factors.
func StepFactors(p *userpool.Pool, u *User, level int) []string {
	if p.Settings.MFA.Mode == userpool.MFAOff {
		return nil
	}
	only := p.RecoveryOrder()
	return slices.DeleteFunc(slices.Clone(secondFactors), func(f string) bool {
		contact, on := ContactOf(f), *u.Security.MFA.flag(f)
		switch {
		case !u.canUse(p, f), contact != "" && level > levelSent:
			return true
		case contact == "":
			return false
		}
		return u.recoveredWith(contact) || !on && len(only) == 1 && only[0] == contact
	})
}

// Reach returns the level that the user reaches by beginning with a first factor.
func Reach(p *userpool.Pool, u *User, first string) int {
	for level := mayReach(first); level > levelPassword && (first == ByPassword || first == BySRP); level-- {
		if len(StepFactors(p, u, level)) > 0 {
			return level
		}
	}
	return aloneReaches(first)
}

// mayReach returns what somebody could reach who begins with a first factor.
func mayReach(first string) int {
	if alone := aloneReaches(first); alone > levelPassword {
		return alone
	}
	return levelApp
}

func aloneReaches(first string) int {
	switch first {
	case WebAuthn:
		return levelPasskey
	case EmailOTP, SMSOTP:
		return levelCode
	}
	return levelPassword
}

// FirstFactorsTo returns those of the first factors from which the user can reach a
// level.
func FirstFactorsTo(p *userpool.Pool, u *User, first []string, level int) []string {
	return slices.DeleteFunc(slices.Clone(first), func(f string) bool { return Reach(p, u, f) < level })
}

// FirstFactorsToward returns those of the first factors from which somebody could
// reach a level. It tells nothing of the user's other factors. If there are none, it
// returns all.
func FirstFactorsToward(first []string, level int) []string {
	list := slices.DeleteFunc(slices.Clone(first), func(f string) bool { return mayReach(f) < level })
	if len(list) == 0 {
		return first
	}
	return list
}

// MaxLevel returns the highest level that the user can reach with one of the first
// factors. 0: none.
func MaxLevel(p *userpool.Pool, u *User, first []string) int {
	highest := 0
	for _, f := range first {
		highest = max(highest, Reach(p, u, f))
	}
	return highest
}

// Target returns the first level that the user can reach of those with the names,
// best first; 0 if there is none. Names that no level has are passed over; named
// reports whether a level has one of them.
func Target(p *userpool.Pool, u *User, first, names []string) (level int, named bool) {
	highest := MaxLevel(p, u, first)
	for _, name := range names {
		l := p.Settings.LevelNamed(name)
		named = named || l > 0
		if l > 0 && l <= highest {
			return l, true
		}
	}
	return 0, named
}

// FirstFactorsFor returns the factors with which the user can begin a sign-in to the
// client: where users don't choose, with the password alone.
func FirstFactorsFor(p *userpool.Pool, c *userpool.Client, u *User) []string {
	if c.AllowsFlow(userpool.FlowUserChoice) && p.Settings.ChoosesFirst() {
		return FirstFactors(p, u)
	}
	if u.Password == nil {
		return nil
	}
	return []string{ByPassword}
}
