package branding

import (
	"bytes"
	"context"
	"errors"
	"image"
	_ "image/jpeg" // the formats that a logo may have
	_ "image/png"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/userpool"
)

// Errors of customizations.
var (
	ErrCustomization         = fault.New(fault.Invalid, "customization_invalid", "The customization is not valid.")
	ErrCustomizationNotFound = fault.New(fault.NotFound, "customization_not_found", "The pool has no such customization.")
	ErrNoDomain              = fault.New(fault.Invalid, "customization_domain", "There has to be an existing domain associated with this user pool")
)

// EveryClient is the owner of the customization for the clients without their own.
const EveryClient = "ALL"

// maxLogo is how large a logo may be, in bytes, and maxPixels how wide and high.
const (
	maxLogo   = 100 << 10
	maxPixels = 4096
)

// Customization is how the classic pages look for one app client, or for all those
// without their own.
type Customization struct {
	Pool              userpool.PoolID
	Owner             string // an app client, or EveryClient
	CSS               string
	Logo              []byte
	LogoType          string // media type
	Created, Modified time.Time
}

// Version names the content of a customization. Cognito: CSSVersion.
func (c *Customization) Version() string { return c.Modified.UTC().Format("20060102150405") }

// CustomizationStore keeps customizations. See [Store] for what all methods have in
// common.
type CustomizationStore interface {
	// KeepCustomization replaces the owner's customization, whose time of creation
	// stays. userpool.ErrPoolNotFound, userpool.ErrClientNotFound.
	KeepCustomization(ctx context.Context, c *Customization) (*Customization, error)
	// Customization fails with ErrCustomizationNotFound.
	Customization(ctx context.Context, pool userpool.PoolID, owner string) (*Customization, error)
	// DeleteCustomization does nothing if there is none.
	DeleteCustomization(ctx context.Context, pool userpool.PoolID, owner string) error
}

// Customize replaces the look for an owner; without a style sheet and a logo, it
// takes the look away and returns nil. ErrCustomization, userpool.ErrClientNotFound.
func (e *Engine) Customize(ctx context.Context, pool userpool.PoolID, owner, css string, logo []byte) (*Customization, error) {
	if css == "" && len(logo) == 0 {
		return nil, e.store.DeleteCustomization(ctx, pool, owner)
	}
	if problem := cssProblem(css); problem != "" {
		return nil, ErrCustomization.Saying("Invalid CSS: %s.", problem)
	}
	media, err := checkLogo(logo)
	if err != nil {
		return nil, err
	}
	now := e.now()
	return e.store.KeepCustomization(ctx, &Customization{Pool: pool, Owner: owner, CSS: css, Logo: logo, LogoType: media, Created: now, Modified: now})
}

// Customization returns the look for an owner: its own, or that of all. If there is
// neither: ErrCustomizationNotFound.
func (e *Engine) Customization(ctx context.Context, pool userpool.PoolID, owner string) (*Customization, error) {
	c, err := e.store.Customization(ctx, pool, owner)
	if errors.Is(err, ErrCustomizationNotFound) && owner != EveryClient {
		return e.store.Customization(ctx, pool, EveryClient)
	}
	return c, err
}

// checkLogo returns the media type of a logo, or "" if there is none.
func checkLogo(logo []byte) (string, error) {
	if len(logo) == 0 {
		return "", nil
	}
	if len(logo) > maxLogo {
		return "", ErrCustomization.Saying("request parameters too large")
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(logo))
	if err != nil || c.Width > maxPixels || c.Height > maxPixels || c.Width == 0 || c.Height == 0 {
		return "", ErrCustomization.Saying("Invalid image: it is no PNG or JPEG of at most %d pixels in width and height.", maxPixels)
	}
	return "image/" + format, nil
}
