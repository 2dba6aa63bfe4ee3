using AkkaPerf.Gateway;

return await GatewayCommand.RunAsync(args).ConfigureAwait(false);
