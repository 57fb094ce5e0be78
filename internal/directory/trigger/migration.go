package trigger

import (
	"context"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/userpool"
)

// Stranger is somebody whose name no user has.
type Stranger struct {
	Name     string
	Password seal.Secret // "": the person has forgotten it
}

// Newcomer is a user whom a function knows, to be made in the pool.
type Newcomer struct {
	Attributes map[string]string
	Username   string // "": as the person typed it
	Confirmed  bool   // the password that was typed is right, and stays
	Silent     bool   // no message says that the account was made
	Mediums    []string
	TakeAlias  bool
	SMSMFA     bool // codes go to the user's phone as a second factor
}

// Migrate asks the function of TriggerUserMigration about a name that no user has.
// It returns nil if the function knows nobody. The ClientMetadata of the first
// call of a sign-in reaches it as validation data. ErrRefused, ErrUncallable,
// ErrOutput.
func (e *Engine) Migrate(ctx context.Context, o Occasion, s Stranger) (*Newcomer, error) {
	if !o.Pool.Has(userpool.TriggerUserMigration) {
		return nil, nil
	}
	c := call{trigger: userpool.TriggerUserMigration, source: "UserMigration_ForgotPassword", user: s.Name}
	request := migrationRequest{Metadata: o.Metadata}
	if s.Password != "" {
		password := s.Password.Reveal()
		c.source, request = "UserMigration_Authentication", migrationRequest{Password: &password, Validation: o.Metadata}
	}
	c.request = request
	var r migrationResponse
	if err := e.ask(ctx, o, c, &r); err != nil {
		return nil, err
	}
	if len(r.Attributes) == 0 {
		return nil, nil
	}
	return r.newcomer(), nil
}

type migrationRequest struct {
	Password   *string           `json:"password,omitempty"`
	Validation map[string]string `json:"validationData"`
	Metadata   map[string]string `json:"clientMetadata,omitempty"`
}

type migrationResponse struct {
	Attributes map[string]string `json:"userAttributes"`
	TakeAlias  *bool             `json:"forceAliasCreation"`
	SMSMFA     *bool             `json:"enableSMSMFA"`
	Status     *string           `json:"finalUserStatus"`
	Action     *string           `json:"messageAction"`
	Mediums    []string          `json:"desiredDeliveryMediums"`
}

func (r migrationResponse) newcomer() *Newcomer {
	n := &Newcomer{
		Attributes: r.Attributes, Username: r.Attributes["username"], Mediums: r.Mediums,
		Confirmed: r.Status != nil && *r.Status == "CONFIRMED",
		Silent:    r.Action != nil && *r.Action == "SUPPRESS",
		TakeAlias: r.TakeAlias != nil && *r.TakeAlias,
		SMSMFA:    r.SMSMFA != nil && *r.SMSMFA,
	}
	delete(n.Attributes, "username")
	return n
}
