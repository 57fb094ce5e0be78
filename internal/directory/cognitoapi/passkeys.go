package cognitoapi

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/passkey"
)

// StartWebAuthnRegistration returns the options with which a browser makes a
// passkey, for the user whose access token it gets.
func (a *API) StartWebAuthnRegistration(ctx context.Context, in *wire.StartWebAuthnRegistrationInput) (*wire.StartWebAuthnRegistrationOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	options, err := a.SignIns.StartPasskey(ctx, b.Pool, b.Client, b.User)
	return &wire.StartWebAuthnRegistrationOutput{CredentialCreationOptions: options}, err
}

// CompleteWebAuthnRegistration keeps the passkey that a browser has made.
func (a *API) CompleteWebAuthnRegistration(ctx context.Context, in *wire.CompleteWebAuthnRegistrationInput) (*wire.CompleteWebAuthnRegistrationOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	return nil, a.SignIns.AddPasskey(ctx, b.Pool, b.Client, b.User, in.Credential)
}

// ListWebAuthnCredentials returns the passkeys of the user whose access token it
// gets, sorted by id.
func (a *API) ListWebAuthnCredentials(ctx context.Context, in *wire.ListWebAuthnCredentialsInput) (*wire.ListWebAuthnCredentialsOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	list := "ListWebAuthnCredentials:" + string(b.User.Sub)
	after, err := a.after(list, in.NextToken)
	if err != nil {
		return nil, err
	}
	keys := slices.DeleteFunc(slices.Clone(b.User.Security.Passkeys), func(k passkey.Key) bool { return credentialID(k) <= after })
	slices.SortFunc(keys, func(a, b passkey.Key) int { return strings.Compare(credentialID(a), credentialID(b)) })
	page, next := userpool.CutPage(keys, userpool.PageSize(int(val(in.MaxResults)), maxCredentials), credentialID)
	out := &wire.ListWebAuthnCredentialsOutput{Credentials: []wire.WebAuthnCredentialDescription{}}
	for _, k := range page {
		out.Credentials = append(out.Credentials, wire.WebAuthnCredentialDescription{
			CredentialID: new(credentialID(k)), FriendlyCredentialName: new(k.Name()), RelyingPartyID: new(k.RP), CreatedAt: wire.At(k.Created),
			AuthenticatorAttachment: nonZero(k.Attachment), AuthenticatorTransports: append([]string{}, k.Transports...),
		})
	}
	out.NextToken, err = a.pageToken(list, next)
	return out, err
}

// maxCredentials is the largest page. The model: WebAuthnCredentialsQueryLimitType.
const maxCredentials = 20

func credentialID(k passkey.Key) string { return base64.RawURLEncoding.EncodeToString(k.ID) }

// DeleteWebAuthnCredential removes a passkey of the user whose access token it
// gets.
func (a *API) DeleteWebAuthnCredential(ctx context.Context, in *wire.DeleteWebAuthnCredentialInput) (*wire.DeleteWebAuthnCredentialOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	id, err := base64.RawURLEncoding.Strict().DecodeString(val(in.CredentialID))
	if err != nil {
		return nil, signin.ErrPasskeyNotFound.Because(err)
	}
	return nil, a.SignIns.RemovePasskey(ctx, b.User, id)
}
