package signin

import (
	"context"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/credential"
)

// challenges is the table of all challenges. Where several are due in one
// sign-in, they are asked in this order.
var challenges = []challenge{
	selectChallenge{},
	passwordChallenge{},
	passwordSRP{},
	smsOTP,
	webAuthn{},
	passwordVerifier{},
	newPasswordRequired{},
	smsMFA,
	softwareToken{},
	emailOTP,
	selectMFAType{},
	mfaSetup{},
	customChallenge{},
	deviceSRPAuth{},
	devicePasswordVerifier{},
}

// challenge is one kind of step between the start of a sign-in and its tokens.
// Its hooks have only what is its own: the package comment shows what the
// engine does around them. A value has no state, and is safe for concurrent use.
type challenge interface {
	step

	// due reports whether the challenge must be passed before the sign-in is
	// complete. It is asked only after a factor is proved.
	due(ctx context.Context, e *Engine, a *attempt) (bool, error)

	// ask makes the question. a.user may be nil if nothing is proved yet: the
	// question must then look like that for a user, and no answer may be right.
	ask(ctx context.Context, e *Engine, a *attempt) (question, error)

	// answer reports whether a.given is the right answer, and makes the change
	// that a right answer asks for, such as a new password. Equal answers may
	// run at once, so a change must be conditional: it succeeds for one of them.
	// An error is neither right nor wrong: it is not counted, and the state
	// stays usable. A right answer may set a.then, to choose the next challenge.
	answer(ctx context.Context, e *Engine, a *attempt, kept kept) (right bool, err error)
}

// step is a point of a sign-in that has a sealed state.
type step interface{ rules() rules }

// rules are what is fixed for a challenge.
type rules struct {
	name    string
	carrier carrier  // where the client carries the state
	needs   []string // the answers that must be present, besides USERNAME

	// proves is the factor that a right answer proves. Wrong answers to all
	// challenges of one factor are counted together, and lock it. "": a right
	// answer proves nothing about who the user is. A sign-in that has proved
	// nothing never completes.
	proves credential.Factor
	wrong  *fault.Error // the error for a wrong answer
	goesOn bool         // a wrong answer is counted and uses the state up, and the sign-in goes on
}

// question is what a challenge asks.
type question struct {
	parameters map[string]string // what the client is shown
	available  []string          // the first factors that the user can choose, if one is asked
	keep       []byte            // what the challenge needs to check the answer; it is sealed
}

// kept is what a challenge gets back to check an answer.
type kept struct {
	question []byte // question.keep
	sealed   []byte // the whole sealed state, as the client got it
}

// challengeNamed returns the challenge with that name, or nil.
func challengeNamed(name string) challenge {
	for _, ch := range challenges {
		if ch.rules().name == name {
			return ch
		}
	}
	return nil
}
