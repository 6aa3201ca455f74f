"""The pack as an analyzer plugin of the Pulumi engine."""
