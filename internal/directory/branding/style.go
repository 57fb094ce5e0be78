package branding

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/userpool"
)

// Errors of styles.
var (
	ErrStyleNotFound = fault.New(fault.NotFound, "style_not_found", "ManagedLoginBranding does not exist.")
	ErrStyleExists   = fault.New(fault.Conflict, "style_exists", "A ManagedLoginBranding already exists for the client.")
	ErrStyle         = fault.New(fault.Invalid, "style_invalid", "The style is not valid.")
	ErrTooMany       = fault.New(fault.Throttled, "branding_many", "The pool has as many of these as it may have.")
)

// MaxStyles is how many styles a pool may have, and maxStyle how large one may be,
// in bytes as the API has it. Cognito: quotas.
const (
	MaxStyles = 20
	maxStyle  = 2 << 20
)

// Style is how managed login looks for one app client.
type Style struct {
	ID                string
	Pool              userpool.PoolID
	Client            userpool.ClientID
	Provided          bool            // UseCognitoProvidedValues: the default look
	Settings          json.RawMessage // nil: none
	Assets            []Asset
	Created, Modified time.Time
}

// StyleStore keeps styles. See [Store] for what all methods have in common.
type StyleStore interface {
	// CreateStyle fails with ErrStyleExists if the client has one,
	// userpool.ErrClientNotFound, and ErrTooMany if the pool has most.
	CreateStyle(ctx context.Context, s *Style, most int) error
	// Style fails with ErrStyleNotFound, as do the other methods for one style.
	Style(ctx context.Context, pool userpool.PoolID, id string) (*Style, error)
	StyleOf(ctx context.Context, pool userpool.PoolID, client userpool.ClientID) (*Style, error)
	UpdateStyle(ctx context.Context, pool userpool.PoolID, id string, change func(*Style) error) (*Style, error)
	DeleteStyle(ctx context.Context, pool userpool.PoolID, id string) error
}

// StyleChange is what a request says of a style. What is nil is not said.
type StyleChange struct {
	Provided *bool
	Settings json.RawMessage
	Assets   []Asset
}

// check checks a change by itself. ErrStyle.
func (c *StyleChange) check() error {
	provided := c.Provided != nil && *c.Provided
	if provided == (c.Settings != nil) {
		return ErrStyle.Saying("useCognitoProvidedValues or settings should be specified (but not both)")
	}
	if provided && len(c.Assets) > 0 {
		return ErrStyle.Saying("assets cannot be specified together with useCognitoProvidedValues")
	}
	size := len(c.Settings)
	for _, a := range c.Assets {
		if err := a.check(); err != nil {
			return err
		}
		size += len(a.Bytes) * 4 / 3
	}
	if size > maxStyle {
		return ErrStyle.Saying("The settings and assets of a style may have 2 MB together.")
	}
	if c.Settings == nil {
		return nil
	}
	return checkSettings(c.Settings)
}

// CreateStyle gives an app client a style. ErrStyle, ErrStyleExists, ErrTooMany,
// userpool.ErrClientNotFound.
func (e *Engine) CreateStyle(ctx context.Context, pool userpool.PoolID, client userpool.ClientID, c StyleChange) (*Style, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	now := e.now()
	s := &Style{ID: ids.UUID(), Pool: pool, Client: client, Provided: c.Settings == nil, Assets: c.Assets, Created: now, Modified: now}
	var err error
	if s.Settings, err = merged(nil, c.Settings); err != nil {
		return nil, err
	}
	err = e.store.CreateStyle(ctx, s, MaxStyles)
	switch {
	case errors.Is(err, ErrStyleExists):
		return nil, ErrStyleExists.Saying("A ManagedLoginBranding already exists for client %s", client)
	case errors.Is(err, ErrTooMany):
		return nil, ErrTooMany.Saying("A user pool may have at most %d styles.", MaxStyles)
	case err != nil:
		return nil, err
	}
	return s, nil
}

// UpdateStyle changes a style. Settings that the change does not have stay, and so
// do the assets if it has none at all. ErrStyle, ErrStyleNotFound.
func (e *Engine) UpdateStyle(ctx context.Context, pool userpool.PoolID, id string, c StyleChange) (*Style, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	return e.store.UpdateStyle(ctx, pool, id, func(s *Style) error {
		s.Modified = e.now()
		if c.Settings == nil {
			s.Provided, s.Settings, s.Assets = true, nil, nil
			return nil
		}
		if c.Assets != nil {
			s.Assets = c.Assets
		}
		s.Provided = false
		next, err := merged(s.Settings, c.Settings)
		if err != nil {
			return err
		}
		whole := StyleChange{Settings: next, Assets: s.Assets}
		s.Settings = next
		return whole.check()
	})
}

// DeleteStyle removes a style. ErrStyleNotFound.
func (e *Engine) DeleteStyle(ctx context.Context, pool userpool.PoolID, id string) error {
	return e.store.DeleteStyle(ctx, pool, id)
}

// Style returns a style; if whole, with the default look for what it leaves open.
// ErrStyleNotFound.
func (e *Engine) Style(ctx context.Context, pool userpool.PoolID, id string, whole bool) (*Style, error) {
	s, err := e.store.Style(ctx, pool, id)
	return shown(s, err, whole)
}

// StyleOf is [Engine.Style] for the style of an app client.
func (e *Engine) StyleOf(ctx context.Context, pool userpool.PoolID, client userpool.ClientID, whole bool) (*Style, error) {
	s, err := e.store.StyleOf(ctx, pool, client)
	if errors.Is(err, ErrStyleNotFound) {
		err = ErrStyleNotFound.Saying("ManagedLoginBranding for client %s does not exist.", client)
	}
	return shown(s, err, whole)
}

func shown(s *Style, err error, whole bool) (*Style, error) {
	if err != nil || !whole {
		return s, err
	}
	c := *s
	c.Assets = slices.Clone(s.Assets)
	c.Settings, err = merged(defaultSettings, s.Settings)
	return &c, err
}
