package cognitoapi

import (
	"context"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/userpool"
)

// SetLogDeliveryConfiguration replaces where a pool's log entries go.
func (a *API) SetLogDeliveryConfiguration(ctx context.Context, in *wire.SetLogDeliveryConfigurationInput) (*wire.SetLogDeliveryConfigurationOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	var logs []userpool.LogDelivery
	for _, l := range in.LogConfigurations {
		logs = append(logs, userpool.LogDelivery{
			Source: val(l.EventSource), Level: val(l.LogLevel), LogGroup: val(val(l.CloudWatchLogsConfiguration).LogGroupARN),
			Bucket: val(val(l.S3Configuration).BucketARN), Stream: val(val(l.FirehoseConfiguration).StreamARN),
		})
	}
	if p, err = a.Pools.SetLogs(ctx, p.ID, logs); err != nil {
		return nil, err
	}
	return &wire.SetLogDeliveryConfigurationOutput{LogDeliveryConfiguration: wireLogs(p)}, nil
}

// GetLogDeliveryConfiguration returns where a pool's log entries go.
func (a *API) GetLogDeliveryConfiguration(ctx context.Context, in *wire.GetLogDeliveryConfigurationInput) (*wire.GetLogDeliveryConfigurationOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return &wire.GetLogDeliveryConfigurationOutput{LogDeliveryConfiguration: wireLogs(p)}, nil
}

func wireLogs(p *userpool.Pool) *wire.LogDeliveryConfiguration {
	out := &wire.LogDeliveryConfiguration{UserPoolID: new(string(p.ID)), LogConfigurations: []wire.LogConfiguration{}}
	for _, l := range p.Settings.Logs {
		c := wire.LogConfiguration{EventSource: new(l.Source), LogLevel: new(l.Level)}
		switch {
		case l.LogGroup != "":
			c.CloudWatchLogsConfiguration = &wire.CloudWatchLogsConfiguration{LogGroupARN: new(l.LogGroup)}
		case l.Bucket != "":
			c.S3Configuration = &wire.S3Configuration{BucketARN: new(l.Bucket)}
		default:
			c.FirehoseConfiguration = &wire.FirehoseConfiguration{StreamARN: new(l.Stream)}
		}
		out.LogConfigurations = append(out.LogConfigurations, c)
	}
	return out
}
