package risk

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"gatehouse/internal/directory/userpool"
)

// Configuration says what a pool does about risks: at one app client, or at all
// those without their own. Cognito: RiskConfigurationType.
type Configuration struct {
	Pool     userpool.PoolID
	Client   userpool.ClientID // "": all clients without their own
	Settings Settings
	Modified time.Time
}

// Settings is what the owner chooses. It is stored as one JSON document, so a field
// keeps its name. A nil part was not set, and does nothing.
type Settings struct {
	Compromised *Compromised `json:",omitempty"`
	Takeover    *Takeover    `json:",omitempty"`
	Exceptions  *Exceptions  `json:",omitempty"`
}

// Occasion is when a password is compared with the published ones. Cognito:
// EventFilterType.
type Occasion string

// The occasions.
const (
	AtSignIn         Occasion = "SIGN_IN"
	AtPasswordChange Occasion = "PASSWORD_CHANGE"
	AtSignUp         Occasion = "SIGN_UP"
)

// Compromised says what follows a password that others have published.
type Compromised struct {
	Block bool
	At    []Occasion `json:",omitempty"` // empty: at all
}

// Takeover says what follows the risk that somebody else signs in.
type Takeover struct {
	Low, Medium, High *Action `json:",omitempty"` // nil: no action
	Notice            *Notice `json:",omitempty"`
}

// The actions. Cognito: AccountTakeoverEventActionType.
const (
	Block           = "BLOCK"
	MFAIfConfigured = "MFA_IF_CONFIGURED"
	MFARequired     = "MFA_REQUIRED"
	NoAction        = "NO_ACTION"
)

// Action is what follows one level of risk.
type Action struct {
	Do     string // one of the actions
	Notify bool   // tell the user by e-mail
}

// Exceptions are networks for which the risk is not weighed.
type Exceptions struct {
	Blocked []string `json:",omitempty"` // always refused
	Skipped []string `json:",omitempty"` // never a risk
}

// ConfigurationStore keeps configurations. They go away with their pool or client.
type ConfigurationStore interface {
	// KeepRiskConfiguration replaces a configuration. userpool.ErrPoolNotFound,
	// userpool.ErrClientNotFound.
	KeepRiskConfiguration(ctx context.Context, c *Configuration) error
	// RiskConfigurations returns the configuration of the pool and that of the
	// client, if they exist.
	RiskConfigurations(ctx context.Context, pool userpool.PoolID, client userpool.ClientID) ([]*Configuration, error)
	// DeleteRiskConfiguration does nothing if there is none.
	DeleteRiskConfiguration(ctx context.Context, pool userpool.PoolID, client userpool.ClientID) error
}

// Configure replaces the configuration of a client, or with "" of the pool. Empty
// settings take it away. ErrOff, ErrConfiguration. Cognito: SetRiskConfiguration.
func (e *Engine) Configure(ctx context.Context, p *userpool.Pool, client userpool.ClientID, s Settings) (*Configuration, error) {
	if !p.Settings.Threats.On() {
		return nil, ErrOff
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	c := &Configuration{Pool: p.ID, Client: client, Settings: s, Modified: e.now()}
	if s == (Settings{}) {
		return c, e.store.DeleteRiskConfiguration(ctx, p.ID, client)
	}
	return c, e.store.KeepRiskConfiguration(ctx, c)
}

// Configuration returns the configuration of a client, or with "" of the pool, as it
// was set. Its Modified is zero if none was set. ErrOff.
func (e *Engine) Configuration(ctx context.Context, p *userpool.Pool, client userpool.ClientID) (*Configuration, error) {
	if !p.Settings.Threats.On() {
		return nil, ErrOff
	}
	list, err := e.store.RiskConfigurations(ctx, p.ID, client)
	for _, c := range list {
		if c.Client == client {
			return c, err
		}
	}
	return &Configuration{Pool: p.ID, Client: client}, err
}

// acting returns the settings that hold for a client: its own, or those of the pool.
func (e *Engine) acting(ctx context.Context, pool userpool.PoolID, client userpool.ClientID) (Settings, error) {
	list, err := e.store.RiskConfigurations(ctx, pool, client)
	var acting Settings
	for _, c := range list {
		if c.Client == client {
			return c.Settings, err
		}
		acting = c.Settings
	}
	return acting, err
}

// of returns the action for a level; nil: none.
func (t *Takeover) of(l Level) *Action {
	if t == nil {
		return nil
	}
	return map[Level]*Action{Low: t.Low, Medium: t.Medium, High: t.High}[l]
}

// blocks reports whether a compromised password is refused on the occasion.
func (c *Compromised) blocks(at Occasion) bool { return c != nil && c.Block && c.looks(at) }

// looks reports whether passwords are compared on the occasion.
func (c *Compromised) looks(at Occasion) bool {
	return c == nil || len(c.At) == 0 || slices.Contains(c.At, at)
}

func (s *Settings) check() error {
	if x := s.Exceptions; x != nil {
		for _, text := range slices.Concat(x.Blocked, x.Skipped) {
			if _, err := network(text); err != nil {
				return ErrConfiguration.Saying("%s is not an IP address or a range in CIDR notation.", text)
			}
		}
	}
	return s.Takeover.check()
}

func (t *Takeover) check() error {
	if t == nil {
		return nil
	}
	for _, a := range []*Action{t.Low, t.Medium, t.High} {
		if a != nil && a.Notify && t.Notice == nil {
			return ErrConfiguration.Saying("NotifyConfiguration is required if an action has Notify.")
		}
	}
	return t.Notice.check()
}

// network reads a range, or an address, which is a range of one.
func network(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		if a.Zone() != "" {
			return netip.Prefix{}, fmt.Errorf("address %s has a zone", text)
		}
		return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err == nil && p.Addr().Is4In6() {
		if p.Bits() < 96 {
			return p, fmt.Errorf("range %s covers more than IPv4", text)
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), err
}

// within reports whether an address is in one of the ranges.
func within(a netip.Addr, ranges []string) bool {
	return a.IsValid() && slices.ContainsFunc(ranges, func(text string) bool {
		p, err := network(text)
		return err == nil && p.Contains(a)
	})
}
