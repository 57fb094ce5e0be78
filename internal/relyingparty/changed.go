package relyingparty

import (
	"context"
	"errors"

	"golang.org/x/oauth2"
)

// What a provider says about itself is kept for a while, and may change meanwhile:
// an endpoint moves, keys move, another algorithm signs. A failure that such a
// change explains makes us fetch the discovery document again. If it differs, the
// step is tried once more.

// changed returns the clients for the provider's new metadata. It returns nil if
// err has another cause, or if the metadata is the same.
func (p *Discovered) changed(ctx context.Context, e *endpoints, err error) *endpoints {
	if !mayBeChange(err) || p.found.again(ctx) == e.found {
		return nil
	}
	next, err := p.endpoints(ctx)
	if err != nil {
		return nil
	}
	return next
}

// mayBeChange reports whether a step may have failed because the provider changed.
// A token endpoint that answers with an OAuth error is the right one.
func mayBeChange(err error) bool {
	step, ok := errors.AsType[*StepError](err)
	if !ok {
		return false
	}
	switch step.Step {
	case StepToken:
		return step.Code == ""
	case StepKeys, StepSignature, StepUserInfo:
		return true
	}
	return false
}

// asChanged calls the token endpoint, and once more if it has moved. Then e is
// replaced.
func (p *Discovered) asChanged(ctx context.Context, e **endpoints, call func(*endpoints) (*oauth2.Token, error)) (*oauth2.Token, error) {
	token, err := call(*e)
	if next := p.changed(ctx, *e, err); next != nil {
		*e = next
		return call(next)
	}
	return token, err
}
