package cognitoapi

import (
	"context"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// remembered is the value of DeviceRememberedStatus for a device that may prove
// itself instead of a code.
const remembered = "remembered"

// ConfirmDevice keeps the device on which the user of the access token signed in.
func (a *API) ConfirmDevice(ctx context.Context, in *wire.ConfirmDeviceInput) (*wire.ConfirmDeviceOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	secret := val(in.DeviceSecretVerifierConfig)
	err = a.Devices.Confirm(ctx, b.Pool, b.User, device.Confirmation{
		Key: device.Key(val(in.DeviceKey)), Own: b.Device, Name: val(in.DeviceName),
		Salt: val(secret.Salt), Verifier: val(secret.PasswordVerifier), Address: visitorOf(ctx).Address,
	})
	if err != nil {
		return nil, err
	}
	return &wire.ConfirmDeviceOutput{UserConfirmationNecessary: new(b.Pool.Settings.Devices.OnlyOnPrompt)}, nil
}

// UpdateDeviceStatus says whether a device of the user of the access token is
// remembered.
func (a *API) UpdateDeviceStatus(ctx context.Context, in *wire.UpdateDeviceStatusInput) (*wire.UpdateDeviceStatusOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	return nil, a.setDeviceStatus(ctx, b.User, in.DeviceKey, in.DeviceRememberedStatus)
}

// AdminUpdateDeviceStatus says whether a device of a user is remembered.
func (a *API) AdminUpdateDeviceStatus(ctx context.Context, in *wire.AdminUpdateDeviceStatusInput) (*wire.AdminUpdateDeviceStatusOutput, error) {
	_, u, err := a.poolAndUser(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return nil, err
	}
	return nil, a.setDeviceStatus(ctx, u, in.DeviceKey, in.DeviceRememberedStatus)
}

// setDeviceStatus changes nothing if the request has no status.
func (a *API) setDeviceStatus(ctx context.Context, u *user.User, key, status *string) error {
	if status == nil {
		_, err := a.Devices.Device(ctx, u, device.Key(val(key)))
		return err
	}
	return a.Devices.SetRemembered(ctx, u, device.Key(val(key)), *status == remembered)
}

// GetDevice returns a device of the user of the access token.
func (a *API) GetDevice(ctx context.Context, in *wire.GetDeviceInput) (*wire.GetDeviceOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	d, err := a.Devices.Device(ctx, b.User, device.Key(val(in.DeviceKey)))
	if err != nil {
		return nil, err
	}
	return &wire.GetDeviceOutput{Device: new(a.wireDevice(b.User, d))}, nil
}

// AdminGetDevice returns a device of a user.
func (a *API) AdminGetDevice(ctx context.Context, in *wire.AdminGetDeviceInput) (*wire.AdminGetDeviceOutput, error) {
	_, u, err := a.poolAndUser(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return nil, err
	}
	d, err := a.Devices.Device(ctx, u, device.Key(val(in.DeviceKey)))
	if err != nil {
		return nil, err
	}
	return &wire.AdminGetDeviceOutput{Device: new(a.wireDevice(u, d))}, nil
}

// ListDevices lists the devices of the user of the access token, sorted by key.
func (a *API) ListDevices(ctx context.Context, in *wire.ListDevicesInput) (*wire.ListDevicesOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	devices, next, err := a.devices(ctx, b.User, in.PaginationToken, in.Limit)
	return &wire.ListDevicesOutput{Devices: devices, PaginationToken: next}, err
}

// AdminListDevices lists the devices of a user, sorted by key.
func (a *API) AdminListDevices(ctx context.Context, in *wire.AdminListDevicesInput) (*wire.AdminListDevicesOutput, error) {
	_, u, err := a.poolAndUser(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return nil, err
	}
	devices, next, err := a.devices(ctx, u, in.PaginationToken, in.Limit)
	return &wire.AdminListDevicesOutput{Devices: devices, PaginationToken: next}, err
}

func (a *API) devices(ctx context.Context, u *user.User, page *string, limit *int64) ([]wire.Device, *string, error) {
	list := "Devices:" + string(u.Pool) + ":" + string(u.Sub)
	after, err := a.after(list, page)
	if err != nil {
		return nil, nil, err
	}
	devices, next, err := a.Devices.Devices(ctx, u, device.Key(after), int(val(limit)))
	if err != nil {
		return nil, nil, err
	}
	out := []wire.Device{}
	for _, d := range devices {
		out = append(out, a.wireDevice(u, d))
	}
	token, err := a.pageToken(list, string(next))
	return out, token, err
}

// wireDevice returns the wire form of a device, with the attributes that Cognito
// shows.
func (a *API) wireDevice(u *user.User, d *device.Device) wire.Device {
	owner := u.Username + "." + string(u.Pool)
	status := "not_remembered"
	if d.Remembered {
		status = remembered
	}
	out := wire.Device{
		DeviceKey: new(string(d.Key)), DeviceCreateDate: wire.At(d.Created),
		DeviceLastModifiedDate: wire.At(d.Modified), DeviceLastAuthenticatedDate: wire.At(d.Authenticated),
	}
	for _, pair := range [][2]string{
		{"device_status", "valid"}, {"device_name", d.Name},
		{"dev:device_arn", "arn:aws:cognito-idp:" + u.Pool.Region() + ":" + a.AccountID + ":owner/" + owner + "/device/" + string(d.Key)},
		{"dev:device_owner", owner}, {"last_ip_used", d.Address}, {"dev:device_remembered_status", status}, {"dev:device_sdk", "aws-sdk"},
	} {
		if pair[1] != "" {
			out.DeviceAttributes = append(out.DeviceAttributes, wire.Attribute{Name: &pair[0], Value: &pair[1]})
		}
	}
	return out
}

// ForgetDevice removes a device of the user of the access token, and ends the
// sign-ins with it.
func (a *API) ForgetDevice(ctx context.Context, in *wire.ForgetDeviceInput) (*wire.ForgetDeviceOutput, error) {
	b, err := a.bearer(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	return nil, a.Devices.Forget(ctx, b.User, device.Key(val(in.DeviceKey)))
}

// AdminForgetDevice removes a device of a user, and ends the sign-ins with it.
func (a *API) AdminForgetDevice(ctx context.Context, in *wire.AdminForgetDeviceInput) (*wire.AdminForgetDeviceOutput, error) {
	_, u, err := a.poolAndUser(ctx, in.UserPoolID, in.Username)
	if err != nil {
		return nil, err
	}
	return nil, a.Devices.Forget(ctx, u, device.Key(val(in.DeviceKey)))
}

func wireDevices(d *userpool.Devices) *wire.DeviceConfiguration {
	if d == nil {
		return nil
	}
	return &wire.DeviceConfiguration{ChallengeRequiredOnNewDevice: &d.ReplaceMFA, DeviceOnlyRememberedOnUserPrompt: &d.OnlyOnPrompt}
}
