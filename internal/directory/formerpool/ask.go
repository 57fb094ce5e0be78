package formerpool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/userpool"
)

// Limit is how long the question about one password may take.
const Limit = 5 * time.Second

// maxProof is how many bytes an answer to a question may have.
const maxProof = 1 << 20

// Asker is the [credential.Former] of a server. Safe for concurrent use.
type Asker struct {
	Client *http.Client // must follow no redirect
	Sealer *seal.Sealer
	Now    func() time.Time
}

// Secrets are what asking needs and must not be shown.
type Secrets struct {
	SecretAccessKey seal.Secret
	ClientSecret    seal.Secret // of the app client; "": it has none
}

// Seal returns the secrets as a [userpool.FormerPool] keeps them.
func (s Secrets) Seal(with *seal.Sealer, pool userpool.PoolID) ([]byte, error) {
	text, err := json.Marshal([]string{s.SecretAccessKey.Reveal(), s.ClientSecret.Reveal()})
	if err != nil {
		return nil, err
	}
	return with.Seal(text, userpool.FormerPoolContext(pool))
}

func (a *Asker) secrets(p *userpool.Pool) (Secrets, error) {
	text, err := a.Sealer.Open(p.Settings.Former.Sealed, userpool.FormerPoolContext(p.ID))
	if err != nil {
		return Secrets{}, err
	}
	var list [2]seal.Secret
	err = json.Unmarshal(text, &list)
	return Secrets{SecretAccessKey: list[0], ClientSecret: list[1]}, err
}

// Ask implements [credential.Former].
func (a *Asker) Ask(ctx context.Context, p *userpool.Pool, q credential.Question) (credential.Answer, error) {
	secrets, err := a.secrets(p)
	if err != nil {
		return credential.Answer{}, fmt.Errorf("open the secrets of the former pool of %s: %w", p.ID, err)
	}
	ctx, cancel := context.WithTimeout(ctx, Limit)
	defer cancel()
	f := p.Settings.Former
	s := &Source{Endpoint: f.Endpoint, Region: p.ID.Region(), AccessKeyID: f.AccessKeyID, SecretAccessKey: secrets.SecretAccessKey, Client: a.Client, Now: a.Now, limit: maxProof}
	return s.ask(ctx, p, q, secrets.ClientSecret)
}

func (s *Source) ask(ctx context.Context, p *userpool.Pool, q credential.Question, clientSecret seal.Secret) (credential.Answer, error) {
	operation, in := signIn(p, q, clientSecret)
	answer, err := answerOf(s.once(ctx, operation, in))
	if err != nil || !answer.Right {
		return answer, err
	}
	there, err := s.once(ctx, "AdminGetUser", Document{"UserPoolId": string(p.ID), "Username": q.Username})
	if err != nil {
		return credential.Answer{}, credential.ErrFormerAway.Because(err)
	}
	if q.Sub == "" || there.Attribute("UserAttributes", "sub") != string(q.Sub) { // somebody else has the name by now
		return credential.Answer{}, nil
	}
	if len(answer.Factors) > 0 || answer.Temporary {
		answer.Factors = append(answer.Factors, there.Texts("UserMFASettingList")...)
	}
	return answer, nil
}

// signIn returns the call that tries a password. Cognito: AdminInitiateAuth,
// InitiateAuth.
func signIn(p *userpool.Pool, q credential.Question, clientSecret seal.Secret) (operation string, in Document) {
	f := p.Settings.Former
	parameters := Document{"USERNAME": q.Username, "PASSWORD": q.Password.Reveal()}
	if clientSecret != "" {
		parameters["SECRET_HASH"] = userpool.SecretHash(clientSecret, q.Username, userpool.ClientID(f.Client)).Reveal()
	}
	in = Document{"ClientId": f.Client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}
	if !f.Admin {
		return "InitiateAuth", in
	}
	in["UserPoolId"], in["AuthFlow"] = string(p.ID), "ADMIN_USER_PASSWORD_AUTH"
	return "AdminInitiateAuth", in
}

// afterPassword are the challenges that follow a right password, and whether each asks
// for a second factor that the user has.
var afterPassword = map[string]bool{
	"SMS_MFA": true, "SOFTWARE_TOKEN_MFA": true, "EMAIL_OTP": true, "SELECT_MFA_TYPE": true,
	"MFA_SETUP": false, "NEW_PASSWORD_REQUIRED": false,
}

// answerOf reads what a sign-in at the former pool is answered.
func answerOf(out Document, err error) (credential.Answer, error) {
	if said, ok := errors.AsType[*refusal](err); ok {
		return said.answer(err)
	}
	if err != nil {
		return credential.Answer{}, credential.ErrFormerAway.Because(err)
	}
	if tokens, _ := out["AuthenticationResult"].(map[string]any); Document(tokens).Text("AccessToken") != "" {
		return credential.Answer{Right: true}, nil
	}
	name := out.Text("ChallengeName")
	second, ok := afterPassword[name]
	if !ok {
		return credential.Answer{}, credential.ErrFormerAway.Because(fmt.Errorf("it answers neither with tokens nor with a challenge that follows a password, but with %q", name))
	}
	answer := credential.Answer{Right: true, Temporary: name == "NEW_PASSWORD_REQUIRED"}
	if second {
		answer.Factors = []string{name}
	}
	return answer, nil
}

// wrong are the refusals after which the password is not right, whatever else was asked.
var wrong = []string{"NotAuthorizedException", "UserNotFoundException", "UserNotConfirmedException", "PasswordResetRequiredException", "UserLambdaValidationException"}

// Gone reports whether the source said that the user of a call does not exist.
func Gone(err error) bool {
	said, ok := errors.AsType[*refusal](err)
	return ok && said.name == "UserNotFoundException"
}

// answer returns what a refusal says of the password. Cognito: observed texts.
func (r *refusal) answer(err error) (credential.Answer, error) {
	if !slices.Contains(wrong, r.name) || strings.Contains(strings.ToLower(r.text), "secret") { // of the client
		return credential.Answer{}, credential.ErrFormerAway.Because(err)
	}
	return credential.Answer{}, nil
}

// Attribute returns the value of an attribute in a list of them, or "".
func (d Document) Attribute(list, name string) string {
	entries, _ := d[list].([]any)
	for _, entry := range entries {
		if a, _ := entry.(map[string]any); Document(a).Text("Name") == name {
			return Document(a).Text("Value")
		}
	}
	return ""
}

// Texts returns the texts of a list.
func (d Document) Texts(list string) []string {
	entries, _ := d[list].([]any)
	var texts []string
	for _, entry := range entries {
		if s, ok := entry.(string); ok {
			texts = append(texts, s)
		}
	}
	return texts
}
