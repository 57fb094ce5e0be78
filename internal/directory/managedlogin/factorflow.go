package managedlogin

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/signin"
)

// What the page for a code says besides the engine's own words.
const (
	tooManyCodes = "Too many wrong codes. Wait a little, and then try again."
	sentAgain    = "We sent you another code. The one before does not work any more."
)

// contacts are the attributes to which the codes of factors are sent.
var contacts = map[string]string{signin.SMSMFA: "phone_number", signin.EmailOTP: "email"}

// codeKeys are the answers that hold the code of a factor.
var codeKeys = map[string]string{
	signin.SMSMFA: "SMS_MFA_CODE", signin.SMSOTP: "SMS_OTP_CODE", signin.EmailOTP: "EMAIL_OTP_CODE", signin.SoftwareTokenMFA: "SOFTWARE_TOKEN_MFA_CODE",
}

// addressKeys are the answers to MFA_SETUP that hold the address for a factor.
var addressKeys = map[string]string{signin.SMSMFA: "PHONE_NUMBER", signin.EmailOTP: "EMAIL"}

// askCode shows the page for a challenge with a code. The page for a first factor has
// the name that was typed and nothing else of the user: there may be none.
func (s *Server) askCode(v *visit, out *signin.Outcome, text string) error {
	ch := out.Challenge
	p := EnterCode{
		Frame: v.frame, Factor: ch.Name, Session: ch.Session.Reveal(), Notice: text,
		From: cmp.Or(ch.Parameters["CODE_DELIVERY_DESTINATION"], ch.Parameters["FRIENDLY_DEVICE_NAME"]),
	}
	if ch.Available == nil {
		p.User, p.Recover = out.User.Username, out.Recoverable
		return v.show(p)
	}
	factors, err := s.offered(v, ch.Available)
	if err != nil {
		return err
	}
	p.User, p.Another = v.named(), len(factors) > 1 && !out.Resumed
	return v.show(p)
}

// enterCode handles the form with the code of a factor.
func (s *Server) enterCode(v *visit) error {
	switch {
	case v.r.PostForm.Has(fieldAgain):
		return s.sendAgain(v)
	case v.text(fieldRecover) == recoverNow:
		return s.enterRecovery(v)
	}
	factor, code := v.text(fieldStep), v.code()
	out, err := s.answer(v, factor, codeKeys[factor], code.Reveal())
	if err == nil {
		return s.next(v, out)
	}
	p := v.codePageAgain()
	return s.retry(v, err, func(text string) error {
		p.Problem = text
		return v.show(p)
	})
}

// sendAgain sends another code.
func (s *Server) sendAgain(v *visit) error {
	out, err := s.SignIn.SendAgain(v.r.Context(), v.pool, v.req.Client, v.response(v.text(fieldStep)))
	if err != nil {
		p := v.codePageAgain()
		return s.retry(v, err, func(text string) error {
			p.Problem = text
			return v.show(p)
		})
	}
	return s.askCode(v, out, sentAgain)
}

// codePageAgain returns the page that the form came from.
func (v *visit) codePageAgain() EnterCode {
	return EnterCode{
		Frame: v.frame, Factor: v.text(fieldStep), From: v.text(fieldSentTo), User: v.text(fieldUsername),
		Session: v.text(fieldSession), Another: v.r.PostForm.Has(fieldChoose), Recover: v.r.PostForm.Has(fieldRecover),
	}
}

// response returns the answer that the form gives to a challenge: the user, and
// the pairs of names and values.
func (v *visit) response(challenge string, pairs ...string) signin.Response {
	answers := map[string]string{"USERNAME": v.text(fieldUsername)}
	for i := 0; i+1 < len(pairs); i += 2 {
		answers[pairs[i]] = pairs[i+1]
	}
	return signin.Response{Challenge: challenge, Session: v.secret(fieldSession), Answers: answers, Visit: v.from()}
}

// answer answers a challenge with one value. errEmpty.
func (s *Server) answer(v *visit, challenge, key, value string) (*signin.Outcome, error) {
	switch {
	case value == "":
		return nil, errEmpty
	case v.text(fieldUsername) == "" || v.text(fieldSession) == "": // the page has always both
		return nil, signin.ErrSessionInvalid
	}
	return s.SignIn.Answer(v.r.Context(), v.pool, v.req.Client, v.response(challenge, key, value))
}

// retry shows the page of a form once more, or the sign-in page if the attempt is
// over.
func (s *Server) retry(v *visit, err error, show func(text string) error) error {
	return v.again(err, func(text string) error {
		switch {
		case attemptOver(err):
			return s.startOver(v, text)
		case errors.Is(err, credential.ErrLocked):
			text = tooManyCodes
		}
		return show(text)
	})
}

// askChoice shows the page to choose one of several factors.
func (s *Server) askChoice(v *visit, out *signin.Outcome) error {
	factors, err := factorsIn(out.Challenge, "MFAS_CAN_CHOOSE")
	if err != nil {
		return err
	}
	return v.show(ChooseFactor{Frame: v.frame, Factors: factors, User: out.User.Username, Session: out.Challenge.Session.Reveal()})
}

// factorsIn returns the list of factors in a parameter of a challenge.
func factorsIn(ch *signin.Challenge, parameter string) (factors []string, err error) {
	if err = json.Unmarshal([]byte(ch.Parameters[parameter]), &factors); err != nil {
		err = fmt.Errorf("decode %s: %w", parameter, err)
	}
	return factors, err
}

// chooseFactor handles the choice.
func (s *Server) chooseFactor(v *visit) error {
	out, err := s.answer(v, signin.SelectMFAType, "ANSWER", v.text(fieldAnswer))
	if err != nil {
		return s.retry(v, err, func(text string) error { return s.startOver(v, text) })
	}
	return s.next(v, out)
}

// askSetUp shows the page to choose which factor to set up, or, if there is one
// alone, the page to set it up.
func (s *Server) askSetUp(v *visit, out *signin.Outcome) error {
	factors, err := factorsIn(out.Challenge, "MFAS_CAN_SETUP")
	if err != nil {
		return err
	}
	p := ChooseFactor{
		Frame: v.frame, SetUp: true, Factors: factors, Account: out.User.DisplayName(v.pool),
		User: out.User.Username, Session: out.Challenge.Session.Reveal(),
	}
	if len(factors) == 1 {
		return s.setUp(v, factors[0], p)
	}
	return v.show(p)
}

// chooseSetUp handles the choice of the factor to set up. What the page says of the
// user comes back with the form: a user is looked up for no session that the engine
// has not checked.
func (s *Server) chooseSetUp(v *visit) error {
	p := ChooseFactor{Account: v.text(fieldAccount), User: v.text(fieldUsername), Session: v.text(fieldSession)}
	return s.setUp(v, v.text(fieldAnswer), p)
}

// setUp begins to set up a factor, for the user of the page on which it was chosen.
func (s *Server) setUp(v *visit, factor string, from ChooseFactor) error {
	var err error
	switch factor {
	case signin.SoftwareTokenMFA:
		err = s.askApp(v, from)
	case signin.SMSMFA, signin.EmailOTP:
		err = s.askAddress(v, factor, from)
	default:
		err = signin.ErrMFAChoice
	}
	if err != nil {
		return s.retry(v, err, func(text string) error { return s.startOver(v, text) })
	}
	return nil
}

func (s *Server) askApp(v *visit, from ChooseFactor) error {
	secret, next, err := s.SignIn.AssociateTOTPFor(v.r.Context(), seal.Secret(from.Session))
	if err != nil {
		return err
	}
	return v.show(SetUpApp{Frame: v.frame, Secret: secret.Reveal(), Account: from.Account, User: from.User, Session: next.Reveal()})
}

// askAddress sends a code to the address that the user has, or asks for one.
func (s *Server) askAddress(v *visit, factor string, from ChooseFactor) error {
	out, err := s.SignIn.Answer(v.r.Context(), v.pool, v.req.Client, signin.Response{
		Challenge: signin.MFASetup, Session: seal.Secret(from.Session), Answers: map[string]string{"USERNAME": from.User, "ANSWER": factor}, Visit: v.from(),
	})
	switch {
	case errors.Is(err, signin.ErrNoSetUp):
		return v.show(SetUpAddress{Frame: v.frame, Factor: factor, User: from.User, Session: from.Session})
	case err != nil:
		return err
	}
	return s.next(v, out)
}

// setUpAddress handles the form with the address for codes.
func (s *Server) setUpAddress(v *visit) error {
	factor := v.text(fieldAnswer)
	if contacts[factor] == "" {
		return s.startOver(v, "Choose again how to go on.")
	}
	out, err := s.answer(v, signin.MFASetup, addressKeys[factor], v.text(fieldAddress))
	if err == nil {
		return s.next(v, out)
	}
	p := SetUpAddress{Frame: v.frame, Factor: factor, Address: v.text(fieldAddress), User: v.text(fieldUsername), Session: v.text(fieldSession)}
	return s.retry(v, err, func(text string) error {
		p.Problem = text
		return v.show(p)
	})
}

// setUpApp handles the form with the first code of an authenticator app.
func (s *Server) setUpApp(v *visit) error {
	out, err := s.verifyApp(v)
	if err == nil {
		return s.next(v, out)
	}
	p := SetUpApp{
		Frame: v.frame, Secret: v.text(fieldSecret), Account: v.text(fieldAccount), App: v.text(fieldApp),
		User: v.text(fieldUsername), Session: v.text(fieldSession),
	}
	return s.retry(v, err, func(text string) error {
		p.Problem = text
		return v.show(p)
	})
}

func (s *Server) verifyApp(v *visit) (*signin.Outcome, error) {
	if v.code() == "" {
		return nil, errEmpty
	}
	next, err := s.SignIn.VerifyTOTPFor(v.r.Context(), v.secret(fieldSession), v.code(), v.text(fieldApp))
	if err != nil {
		return nil, err
	}
	in := v.response(signin.MFASetup)
	in.Session = next
	return s.SignIn.Answer(v.r.Context(), v.pool, v.req.Client, in)
}
