package trigger

import (
	"context"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// SignIn is a sign-in of which a function is told. User is nil if no user has the
// name, and the client must not learn that.
type SignIn struct {
	User *user.User
	Name string // as the client sent it
}

func (s SignIn) userName() string {
	if s.User == nil {
		return s.Name
	}
	return s.User.Username
}

// PreAuthentication asks the function of TriggerPreAuthentication whether a user
// may try to sign in. The ClientMetadata of the occasion reaches it as validation
// data. ErrRefused, ErrUncallable, ErrOutput.
func (e *Engine) PreAuthentication(ctx context.Context, o Occasion, s SignIn) error {
	if !o.Pool.Has(userpool.TriggerPreAuthentication) {
		return nil
	}
	return e.ask(ctx, o, call{
		trigger: userpool.TriggerPreAuthentication, source: "PreAuthentication_Authentication", user: s.userName(),
		request: preRequest{Attributes: attributesOf(s.User), Validation: o.Metadata, NotFound: s.User == nil},
	}, &nothing{})
}

type preRequest struct {
	Attributes map[string]string `json:"userAttributes"`
	Validation map[string]string `json:"validationData"`
	NotFound   bool              `json:"userNotFound,omitempty"`
}

// PostAuthentication tells the function of TriggerPostAuthentication that a user
// has proved everything, before tokens are issued. ErrRefused, ErrUncallable,
// ErrOutput.
func (e *Engine) PostAuthentication(ctx context.Context, o Occasion, u *user.User, newDevice bool) error {
	if !o.Pool.Has(userpool.TriggerPostAuthentication) {
		return nil
	}
	return e.ask(ctx, o, call{
		trigger: userpool.TriggerPostAuthentication, source: "PostAuthentication_Authentication", user: u.Username,
		request: postRequest{Attributes: attributesOf(u), NewDevice: newDevice, Metadata: o.Metadata},
	}, &nothing{})
}

type postRequest struct {
	Attributes map[string]string `json:"userAttributes"`
	NewDevice  bool              `json:"newDeviceUsed"`
	Metadata   map[string]string `json:"clientMetadata,omitempty"`
}
