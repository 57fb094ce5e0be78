package userpool

import "cmp"

// ThreatMode says what a pool does about the risk of a sign-in.
type ThreatMode string

// The modes. Cognito: AdvancedSecurityMode.
const (
	ThreatsIgnored  ThreatMode = ""         // nothing is recorded, and nothing is done
	ThreatsAudited  ThreatMode = "AUDIT"    // what happens is recorded with its risk, and nothing is done
	ThreatsEnforced ThreatMode = "ENFORCED" // the actions of the risk configuration are taken, too
)

// Threats says how a pool protects its users from others who sign in as them.
// Cognito: UserPoolAddOns.
type Threats struct {
	Mode ThreatMode `json:",omitempty"`
	// Custom is the mode of sign-ins that the pool's functions decide (CUSTOM_AUTH).
	Custom ThreatMode `json:",omitempty"`
	// Chosen is true if the owner sent the setting. Only then does the API show it.
	Chosen bool `json:",omitempty"`
}

// On reports whether the pool protects any of its sign-ins.
func (t Threats) On() bool { return cmp.Or(t.Mode, t.Custom) != ThreatsIgnored }

// Of returns the mode of a sign-in that the pool's functions decide, or of every
// other request.
func (t Threats) Of(byFunctions bool) ThreatMode {
	if byFunctions {
		return t.Custom
	}
	return t.Mode
}
