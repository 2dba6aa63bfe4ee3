using AkkaPerf.Gateway;

BufferPools.Widen();
return await GatewayCommand.RunAsync(args).ConfigureAwait(false);
