return SealFile.SealApp.Run(args, TimeProvider.System, Console.Out, Console.Error);
