package signin

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/srp"
)

// The names of the challenges of a remembered device.
const (
	DeviceSRPAuth          = "DEVICE_SRP_AUTH"
	DevicePasswordVerifier = "DEVICE_PASSWORD_VERIFIER"
)

// recognise loads the device that the client names, if the pool remembers devices.
// A device that the client names in this step must exist: device.ErrUnknown. One
// that it named in an earlier step may have been forgotten.
func (e *Engine) recognise(ctx context.Context, a *attempt) error {
	key := a.deviceKey()
	if a.device != nil || a.user == nil || key == "" || a.pool.Settings.Devices == nil {
		return nil
	}
	d, err := e.devices.Device(ctx, a.user, key)
	if errors.Is(err, device.ErrUnknown) && a.given["DEVICE_KEY"] == "" {
		a.named = ""
		return nil
	}
	if err != nil {
		return err
	}
	a.device = d
	return nil
}

// deviceKey returns the key of the device that the client names, or "".
func (a *attempt) deviceKey() device.Key {
	if a.pool.Settings.Devices == nil {
		return ""
	}
	if key := a.given["DEVICE_KEY"]; key != "" {
		return device.Key(key)
	}
	return a.named
}

// remembered reports whether the client names a device that may prove itself.
func (a *attempt) remembered() bool { return a.device != nil && a.device.Remembered }

// deviceSRPAuth is the challenge DEVICE_SRP_AUTH: the client begins the proof of
// the device's password. It is due for every remembered device, after the second
// factor unless the device takes its place.
// Cognito: "Signing in with a device".
type deviceSRPAuth struct{}

func (deviceSRPAuth) rules() rules {
	return rules{name: DeviceSRPAuth, carrier: inSession, needs: []string{"DEVICE_KEY", "SRP_A"}, wrong: ErrWrongPassword}
}

func (deviceSRPAuth) due(_ context.Context, _ *Engine, a *attempt) (bool, error) {
	return a.remembered() && !slices.Contains(a.proved, credential.FactorDevice), nil
}

func (deviceSRPAuth) ask(_ context.Context, _ *Engine, a *attempt) (question, error) {
	return question{keep: []byte(a.device.Key), parameters: map[string]string{"DEVICE_KEY": string(a.device.Key), "USERNAME": a.user.Username}}, nil
}

// answer proves nothing: it leads to the challenge that does.
func (deviceSRPAuth) answer(_ context.Context, _ *Engine, a *attempt, kept kept) (bool, error) {
	if !a.remembered() || string(a.device.Key) != string(kept.question) {
		return false, device.ErrUnknown
	}
	a.then = DevicePasswordVerifier
	return true, nil
}

// devicePasswordVerifier is the challenge DEVICE_PASSWORD_VERIFIER: the client
// proves with SRP that it has the device's password. It is asked because
// DEVICE_SRP_AUTH was answered, and never due.
type devicePasswordVerifier struct{}

func (devicePasswordVerifier) rules() rules {
	return rules{
		name: DevicePasswordVerifier, carrier: inSecretBlock,
		needs:  []string{"DEVICE_KEY", "PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP"},
		proves: credential.FactorDevice, wrong: ErrWrongPassword,
	}
}

func (devicePasswordVerifier) due(context.Context, *Engine, *attempt) (bool, error) {
	return false, nil
}

// ask answers SRP_A.
func (devicePasswordVerifier) ask(_ context.Context, e *Engine, a *attempt) (question, error) {
	verifier, err := e.devices.Verifier(a.device)
	if err != nil {
		return question{}, err
	}
	server, err := srp.NewServer(verifier, a.given["SRP_A"])
	if err != nil {
		return question{}, err
	}
	keep, err := server.MarshalBinary()
	return question{keep: append(keep, a.device.Key...), parameters: map[string]string{
		"SALT": verifier.SaltHex(), "SRP_B": server.SRPB(), "DEVICE_KEY": string(a.device.Key), "USERNAME": a.user.Username,
	}}, err
}

// answer checks the proof, and records that the device was used.
func (devicePasswordVerifier) answer(ctx context.Context, e *Engine, a *attempt, kept kept) (bool, error) {
	if !a.remembered() {
		return false, device.ErrUnknown
	}
	state, ok := bytes.CutSuffix(kept.question, []byte(a.device.Key))
	var server srp.Server
	if err := server.UnmarshalBinary(state); !ok || err != nil {
		return false, ErrWrongPassword.Because(err)
	}
	if err := a.checkTimestamp(); err != nil {
		return false, err
	}
	verifier, err := e.devices.Verifier(a.device)
	if err != nil {
		return false, err
	}
	right := server.Verify(verifier, srp.Claim{
		PoolName: a.device.GroupKey, UserID: string(a.device.Key), SecretBlock: kept.sealed,
		Timestamp: a.given["TIMESTAMP"], Signature: a.given["PASSWORD_CLAIM_SIGNATURE"],
	})
	if !right {
		return false, nil
	}
	return true, e.devices.NoteUse(ctx, a.device, a.from.Address)
}
