package trigger

import (
	"context"
	"errors"

	"gatehouse/internal/directory/userpool"
)

// Round is one step of a sign-in with CUSTOM_AUTH that is over.
type Round struct {
	Challenge string  `json:"challengeName"`
	Right     bool    `json:"challengeResult"`
	Metadata  *string `json:"challengeMetadata"` // of [Question]
}

// Decision is what the function of TriggerDefineAuthChallenge wants next: tokens,
// the end, or the challenge with that name.
type Decision struct {
	Challenge   string
	IssueTokens bool
	Fail        bool
}

// Define asks the function of TriggerDefineAuthChallenge how a sign-in goes on.
// ErrRefused, ErrUncallable, ErrOutput.
func (e *Engine) Define(ctx context.Context, o Occasion, s SignIn, rounds []Round) (Decision, error) {
	var r struct {
		Challenge   *string `json:"challengeName"`
		IssueTokens *bool   `json:"issueTokens"`
		Fail        *bool   `json:"failAuthentication"`
	}
	request := challengeRequest{Attributes: attributesOf(s.User), Rounds: session(rounds), Metadata: o.Metadata, NotFound: s.User == nil}
	err := e.ask(ctx, o, call{trigger: userpool.TriggerDefineAuthChallenge, source: "DefineAuthChallenge_Authentication", user: s.userName(), request: request}, &r)
	if err != nil {
		return Decision{}, err
	}
	d := Decision{Challenge: value(r.Challenge), IssueTokens: value(r.IssueTokens), Fail: value(r.Fail)}
	if d == (Decision{}) {
		return d, ErrOutput.Because(errUndecided)
	}
	return d, nil
}

var errUndecided = errors.New("the function neither issues tokens nor fails, and names no challenge")

// Question is a challenge that the function of TriggerCreateAuthChallenge made.
type Question struct {
	Public   map[string]string // the client sees them
	Private  map[string]string // only the function of TriggerVerifyAuthChallenge does
	Metadata *string
}

// Create asks the function of TriggerCreateAuthChallenge for a question.
// ErrRefused, ErrUncallable, ErrOutput.
func (e *Engine) Create(ctx context.Context, o Occasion, s SignIn, rounds []Round) (Question, error) {
	var r struct {
		Public   map[string]string `json:"publicChallengeParameters"`
		Private  map[string]string `json:"privateChallengeParameters"`
		Metadata *string           `json:"challengeMetadata"`
	}
	request := challengeRequest{Attributes: attributesOf(s.User), Challenge: "CUSTOM_CHALLENGE", Rounds: session(rounds), Metadata: o.Metadata, NotFound: s.User == nil}
	err := e.ask(ctx, o, call{trigger: userpool.TriggerCreateAuthChallenge, source: "CreateAuthChallenge_Authentication", user: s.userName(), request: request}, &r)
	return Question(r), err
}

// Verify asks the function of TriggerVerifyAuthChallenge whether an answer is
// right. ErrRefused, ErrUncallable, ErrOutput.
func (e *Engine) Verify(ctx context.Context, o Occasion, s SignIn, q Question, answer string) (bool, error) {
	var r struct {
		Right *bool `json:"answerCorrect"`
	}
	private := q.Private
	if private == nil {
		private = map[string]string{}
	}
	request := verifyRequest{Attributes: attributesOf(s.User), Private: private, Answer: answer, Metadata: o.Metadata, NotFound: s.User == nil}
	err := e.ask(ctx, o, call{trigger: userpool.TriggerVerifyAuthChallenge, source: "VerifyAuthChallengeResponse_Authentication", user: s.userName(), request: request}, &r)
	return err == nil && value(r.Right), err
}

type challengeRequest struct {
	Attributes map[string]string `json:"userAttributes"`
	Challenge  string            `json:"challengeName,omitempty"`
	Rounds     []Round           `json:"session"`
	Metadata   map[string]string `json:"clientMetadata,omitempty"`
	NotFound   bool              `json:"userNotFound,omitempty"`
}

type verifyRequest struct {
	Attributes map[string]string `json:"userAttributes"`
	Private    map[string]string `json:"privateChallengeParameters"`
	Answer     string            `json:"challengeAnswer"`
	Metadata   map[string]string `json:"clientMetadata,omitempty"`
	NotFound   bool              `json:"userNotFound,omitempty"`
}

// session returns the rounds as a list, also if there are none.
func session(rounds []Round) []Round { return append([]Round{}, rounds...) }

// value returns what a response says, or the zero value if it says nothing.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
