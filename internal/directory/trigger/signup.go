package trigger

import (
	"context"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// NewUser is a user who is about to be made.
type NewUser struct {
	Invited    bool // by an administrator
	Username   string
	Attributes map[string]string
	Validation map[string]string // ValidationData; nil: none was sent
}

// Welcome is what a function says of a new user.
type Welcome struct {
	Confirm     bool `json:"autoConfirmUser"`
	VerifyEmail bool `json:"autoVerifyEmail"`
	VerifyPhone bool `json:"autoVerifyPhone"`
}

// PreSignUp asks the function of TriggerPreSignUp whether a user may be made, and
// how. ErrRefused, ErrUncallable, ErrOutput.
func (e *Engine) PreSignUp(ctx context.Context, o Occasion, n NewUser) (w Welcome, err error) {
	if !o.Pool.Has(userpool.TriggerPreSignUp) {
		return w, nil
	}
	source := "PreSignUp_SignUp"
	if n.Invited {
		source = "PreSignUp_AdminCreateUser"
	}
	attributes := attributesOf(&user.User{Attributes: n.Attributes})
	delete(attributes, "sub") // the user has none yet
	delete(attributes, "cognito:user_status")
	err = e.ask(ctx, o, call{trigger: userpool.TriggerPreSignUp, source: source, user: n.Username, request: signUpRequest{
		Attributes: withAliases(o.Pool, attributes), Validation: n.Validation, Metadata: o.Metadata,
	}}, &w)
	return w, err
}

type signUpRequest struct {
	Attributes map[string]string `json:"userAttributes"`
	Validation map[string]string `json:"validationData"`
	Metadata   map[string]string `json:"clientMetadata,omitempty"`
}

// The sources of the event of [Engine.PostConfirmation].
const (
	ConfirmedSignUp         = "PostConfirmation_ConfirmSignUp"
	ConfirmedForgotPassword = "PostConfirmation_ConfirmForgotPassword"
)

// PostConfirmation tells the function of TriggerPostConfirmation that a user is
// confirmed. An error changes nothing of that. ErrRefused, ErrUncallable, ErrOutput.
func (e *Engine) PostConfirmation(ctx context.Context, o Occasion, source string, u *user.User) error {
	if !o.Pool.Has(userpool.TriggerPostConfirmation) {
		return nil
	}
	return e.ask(ctx, o, call{trigger: userpool.TriggerPostConfirmation, source: source, user: u.Username, request: userRequest{
		Attributes: withAliases(o.Pool, attributesOf(u)), Metadata: o.Metadata,
	}}, &nothing{})
}

type userRequest struct {
	Attributes map[string]string `json:"userAttributes"`
	Metadata   map[string]string `json:"clientMetadata,omitempty"`
}
