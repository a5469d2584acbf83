"""Early warning of counties: colours by dated rule sets on observed and forecast values, and what follows from red."""
